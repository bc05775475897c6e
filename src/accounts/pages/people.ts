import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { readPageContext, sendPage } from '../../lib/http/context.ts'
import { formBody, readForm, refuseForm } from '../../lib/http/forms.ts'
import type { FormState } from '../../lib/http/forms.ts'
import { presentList, readPage } from '../../lib/http/pages.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { currentUser } from '../authenticate.ts'
import { invite, listInvitations, withdrawInvitation } from '../people/invitations.ts'
import { listPeople, removePerson, updatePerson } from '../people/people.ts'
import { findCompanyOf, selectCompanyNames } from '../people/queries.ts'
import { companyRoles } from '../roles.ts'
import { email } from '../schema.ts'
import { peoplePage } from '../views/people.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
/** `platform` is the platform's own; left out, everybody's whom the reader sees. */
const peopleQuery = z.object({
  company_id: z.union([z.literal('platform'), z.coerce.number().int().positive()]).optional().catch(undefined),
  q: z.string().trim().transform((text) => text.slice(0, limits.searchCharsMax)).catch(''),
  page: z.coerce.number().int().min(1).max(limits.pageMax).catch(1),
  done: z.string().max(limits.emailCharsMax).optional().catch(undefined),
})
type PeopleQuery = z.infer<typeof peopleQuery>
const inviteForm = z.object({ email, role: z.enum(['admin', ...companyRoles]), company_id: z.coerce.number().int().positive().optional().catch(undefined) })
const roleForm = z.object({ role: z.enum(companyRoles), version: z.coerce.number().int() })

export function peoplePages(app: App, server: Server): void {
  const { db } = app
  const manager = { access: 'manager', page: true } as const

  server.get('/admin/people', { config: manager, schema: { querystring: peopleQuery } }, async (request, reply) => await showPeople(app, request, reply, { query: request.query }))

  server.post('/admin/people/invite', { config: manager, schema: { body: formBody } }, async (request, reply) => {
    const user = currentUser(request)
    const { language } = readPageContext(request, app.assets)
    try {
      const form = readForm(inviteForm, request.body, language)
      const companyId = form.role === 'admin' ? null : (form.company_id ?? user.companyId)
      const company = companyId === null ? undefined : await findCompanyOf(db, companyId)
      const made = await invite(app, user, { companyId, email: form.email, role: form.role, language: company?.language ?? language })
      const query = { q: '', page: 1, company_id: user.companyId === null ? (companyId ?? ('platform' as const)) : undefined }
      if (made.link === null) return await reply.redirect(`/admin/people?${new URLSearchParams({ ...(query.company_id === undefined ? {} : { company_id: String(query.company_id) }), done: made.email })}`, 303)
      reply.header('cache-control', 'no-store')
      return await showPeople(app, request, reply, { query, link: { email: made.email, link: made.link } })
    } catch (error) {
      const { state, status } = refuseForm(language, 'invite', request.body, error)
      return await showPeople(app, request, reply.code(status), { query: { q: '', page: 1, company_id: undefined }, state })
    }
  })

  server.post('/admin/people/:id', { config: manager, schema: { params: idParams, body: formBody } }, async (request, reply) => {
    const { language } = readPageContext(request, app.assets)
    try {
      await updatePerson(db, currentUser(request), request.params.id, readForm(roleForm, request.body, language))
      return await reply.redirect(backTo(request.body), 303)
    } catch (error) {
      const { state, status } = refuseForm(language, 'people', request.body, error)
      return await showPeople(app, request, reply.code(status), { query: { q: '', page: 1, company_id: readWhose(request.body) }, state: { ...state, field: null } })
    }
  })

  server.post('/admin/people/:id/remove', { config: manager, schema: { params: idParams, body: formBody } }, async (request, reply) => {
    await removePerson(db, currentUser(request), request.params.id)
    return await reply.redirect(backTo(request.body), 303)
  })

  server.post('/admin/invitations/:id/withdraw', { config: manager, schema: { params: idParams, body: formBody } }, async (request, reply) => {
    await withdrawInvitation(db, currentUser(request), request.params.id)
    return await reply.redirect(backTo(request.body), 303)
  })
}

interface Shown {
  query: Omit<PeopleQuery, 'done'> & { done?: string | undefined }
  link?: { email: string; link: string }
  state?: FormState
}

async function showPeople(app: App, request: FastifyRequest, reply: FastifyReply, { query, link, state }: Shown): Promise<FastifyReply> {
  const user = currentUser(request)
  const page = readPage({ page: query.page, limit: limits.pageLimitDefault })
  const companyId = query.company_id === 'platform' ? null : query.company_id
  const [people, invitations, companies] = await Promise.all([
    listPeople(app.db, user, { companyId, search: query.q || undefined }, page),
    listInvitations(app.db, user, companyId),
    user.companyId === null ? selectCompanyNames(app.db, limits.pageLimitMax, typeof companyId === 'number' ? companyId : undefined) : Promise.resolve([]),
  ])
  return await sendPage(request, reply, peoplePage(readPageContext(request, app.assets), {
    people: presentList(people, page), invitations, companies, me: user, whose: query.company_id, q: query.q, invited: query.done ?? null, link: link ?? null, state,
  }))
}

function readWhose(values: Record<string, string>): number | 'platform' | undefined {
  return values.back === 'platform' ? 'platform' : Number(values.back) || undefined
}

function backTo(values: Record<string, string>): string {
  const whose = readWhose(values)
  return whose === undefined ? '/admin/people' : `/admin/people?company_id=${whose}`
}
