import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { User } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { isPrivateUrl } from '../config.ts'
import { findCompany, getProject, listCompanies, listProjects, listProjectsOfAll } from '../companies/companies.ts'
import { companyDialogs } from '../companies/views.ts'
import { readPageContext, sendPage } from '../lib/http/context.ts'
import { presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { measureAlbum } from './albums.ts'
import { getContent, listContent, pageAddresses, readPeriod } from './content.ts'
import { contentSorts, contentStatuses } from './schema.ts'
import { contentCreatePage, contentDetailPage, contentListPage } from './views.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
/** A filter that somebody mistyped in the address is left out rather than refused. */
const optionalId = z.preprocess((value) => value || undefined, z.coerce.number().int().positive().optional()).catch(undefined)
const listQuery = z.object({
  q: z.string().trim().transform((text) => text.slice(0, limits.searchCharsMax)).catch(''),
  status: z.enum(contentStatuses).optional().catch(undefined),
  company_id: optionalId,
  project_id: optionalId,
  from: z.iso.date().optional().catch(undefined),
  to: z.iso.date().optional().catch(undefined),
  sort: z.enum(contentSorts).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(limits.pageMax).catch(1),
})
const optionalText = z.string().trim().max(limits.nameCharsMax).optional().catch(undefined)
const createQuery = z.object({
  company_id: optionalId, project_id: optionalId, duration_years: optionalId,
  customer_name: optionalText, customer_phone: optionalText, customer_email: optionalText,
})
const firstHundred = { page: 1, limit: limits.pageLimitMax, offset: 0 }

export function contentPages(app: App, server: Server): void {
  const { db, publicUrl } = app
  const addresses = pageAddresses(app)
  server.get('/admin', { config: { access: 'viewer', page: true } }, (_request, reply) => reply.redirect('/admin/content', 302))

  server.get('/admin/content', { config: { access: 'viewer', page: true }, schema: { querystring: listQuery } }, async (request, reply) => {
    const user = currentUser(request)
    const { q, status, company_id, project_id, from, to, sort } = request.query
    const page = readPage({ page: request.query.page, limit: limits.pageLimitDefault })
    const [list, companies, projects] = await Promise.all([
      listContent(db, { companyId: user.companyId ?? company_id ?? null, projectId: project_id, status, search: q || undefined, sort, ...readPeriod(from, to) }, page, addresses),
      listCompanies(app, user, firstHundred),
      listProjectsOfAll(app, user, company_id ?? null),
    ])
    const shown = projects.find(({ id }) => id === project_id) ?? (projects.length === 1 ? projects[0] : undefined)
    return await sendPage(request, reply, contentListPage(readPageContext(request, app.assets), {
      ...presentList(list, page),
      filters: { q, status: status ?? null, company_id: company_id ?? null, project_id: project_id ?? null, from: from ?? null, to: to ?? null, sort: sort ?? null },
      companies: await withChosen(app, user, companies.items, company_id),
      projects,
      album: shown === undefined ? null : {
        ...await measureAlbum(app, shown.id), id: shown.id, name: shown.name,
        link: (await getProject(db, user, shown.id, publicUrl)).album_link, isPrivate: isPrivateUrl(publicUrl),
      },
    }))
  })

  server.get('/admin/content/new', { config: { access: 'editor', page: true }, schema: { querystring: createQuery } }, async (request, reply) => {
    const user = currentUser(request)
    const companies = await listCompanies(app, user, firstHundred)
    const choices = await withChosen(app, user, companies.items, request.query.company_id)
    const chosen = choices.find((company) => company.id === request.query.company_id) ?? (choices.length === 1 ? choices[0] : undefined)
    const projects = chosen === undefined ? [] : (await listProjects(app, user, chosen.id, firstHundred, publicUrl)).items
    const context = readPageContext(request, app.assets)
    return await sendPage(request, reply, contentCreatePage(context, {
      companies: choices,
      projects,
      values: { ...request.query, company_id: chosen?.id ?? null },
      canCreateCompany: user.role === 'admin',
      dialogs: companyDialogs(context.language),
    }))
  })

  server.get('/admin/content/:id', { config: { access: 'viewer', page: true }, schema: { params: idParams } }, async (request, reply) => {
    const context = readPageContext(request, app.assets)
    const content = await getContent(db, currentUser(request), request.params.id, context.language, addresses)
    return await sendPage(request, reply, contentDetailPage(context, content))
  })
}

/** The first hundred to choose from, and the chosen one wherever it stands; others are found by searching. */
async function withChosen(app: App, user: User, companies: { id: number; name: string }[], id: number | undefined): Promise<{ id: number; name: string }[]> {
  if (id === undefined || companies.some((company) => company.id === id)) return companies
  const chosen = await findCompany(app.db, user, id)
  return chosen === undefined ? companies : [chosen, ...companies]
}
