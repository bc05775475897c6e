import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { User } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { listCompanies, listProjectsOfAll } from '../companies/companies.ts'
import { getOwner } from '../content/content.ts'
import { readPageContext, sendPage } from '../lib/http/context.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { fill, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import { findSubject, getStatistics } from './analytics.ts'
import type { Subject } from './analytics.ts'
import { csvAddress, periods, statisticsPage } from './views.ts'
import type { PeriodName } from './views.ts'

/** What somebody mistyped in the address is left out rather than refused. */
const pageQuery = z.object({
  of: z.string().regex(/^(platform|(company|project|content)-\d{1,15})$/).optional().catch(undefined),
  period: z.enum(periods).catch('month'),
  from: z.iso.date().optional().catch(undefined),
  to: z.iso.date().optional().catch(undefined),
  time_zone: z.string().max(limits.nameCharsMax).optional().catch(undefined),
})
const daysOf: Record<Exclude<PeriodName, 'own'>, number> = { today: 1, week: 7, month: 30, quarter: 90, year: 365 }
const apiPaths = { platform: 'platform', company: 'companies', project: 'projects', content: 'content' } as const
const dayMs = 24 * 60 * 60 * 1000
const commonZones = [
  'UTC', 'Europe/London', 'Europe/Berlin', 'Europe/Kyiv', 'Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Omsk', 'Asia/Krasnoyarsk', 'Asia/Irkutsk',
  'Asia/Yakutsk', 'Asia/Vladivostok', 'Asia/Almaty', 'Asia/Dubai', 'Asia/Kolkata', 'Asia/Shanghai', 'Asia/Tokyo', 'Australia/Sydney', 'America/New_York',
  'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Sao_Paulo',
]

export function statisticsPages(app: App, server: Server): void {
  server.get('/admin/statistics', { config: { access: 'viewer', page: true }, schema: { querystring: pageQuery } }, async (request, reply) => {
    const user = currentUser(request)
    const context = readPageContext(request, app.assets)
    const subject = await readSubject(app, user, request.query.of)
    const zone = isTimeZone(request.query.time_zone) ?? isTimeZone(request.cookies.tz) ?? 'UTC'
    const period = request.query.period === 'own' ? readOwnDays(request.query, zone) : lastDays(daysOf[request.query.period], zone)
    const statistics = await getStatistics(app, subject, { ...period, time_zone: zone })
    const path = `/api/analytics/${apiPaths[subject.name]}${subject.name === 'platform' ? '' : `/${subject.id}`}`
    return await sendPage(request, reply, statisticsPage(context, {
      statistics, period: request.query.period, subjects: await listSubjects(app, user, subject, context.language),
      zones: [...new Set([statistics.time_zone, ...commonZones])], csvUrl: csvAddress(path, statistics),
    }))
  })
}

async function readSubject(app: App, user: User, of: string | undefined): Promise<Subject> {
  const [name, id] = (of ?? '').split('-')
  if (name === 'company' || name === 'project' || name === 'content') return await findSubject(app, user, name, Number(id))
  return user.companyId === null ? { name: 'platform', id: 0, companyId: null } : await findSubject(app, user, 'company', user.companyId)
}

async function listSubjects(app: App, user: User, subject: Subject, language: Language) {
  const words = wordsIn(language).statistics
  const companies = await listCompanies(app, user, { page: 1, limit: limits.pageLimitMax, offset: 0 })
  const projects = await listProjectsOfAll(app, user, subject.companyId)
  const chosen = subject.name === 'platform' ? 'platform' : `${subject.name}-${subject.id}`
  const list = [
    ...(user.companyId === null ? [{ value: 'platform', label: words.platform }] : []),
    ...companies.items.map((company) => ({ value: `company-${company.id}`, label: company.name })),
    ...projects.map((project) => ({ value: `project-${project.id}`, label: `${project.company_name} · ${project.name}` })),
  ]
  if (subject.name === 'content') {
    const { orderNumber } = await getOwner(app.db, user, subject.id)
    list.push({ value: chosen, label: fill(words.order, { number: orderNumber }) })
  }
  return list.map((entry) => ({ ...entry, selected: entry.value === chosen }))
}

/** The days that somebody chose; the other way round they are meant the same. */
function readOwnDays({ from, to }: { from?: string | undefined; to?: string | undefined }, zone: string): { from: string; to: string } {
  const last = lastDays(daysOf.month, zone)
  const days = [from ?? last.from, to ?? last.to].sort()
  const first = new Date(Math.max(Date.parse(days[0]), Date.parse(days[1]) - (limits.statisticsDaysMax - 1) * dayMs)).toISOString().slice(0, 10)
  return { from: first, to: days[1] }
}

function lastDays(count: number, zone: string): { from: string; to: string } {
  const to = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date())
  return { from: new Date(Date.parse(to) - (count - 1) * dayMs).toISOString().slice(0, 10), to }
}

function isTimeZone(name: string | undefined): string | undefined {
  try {
    return name === undefined || name === '' ? undefined : new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
