import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { currentUser, isAtLeast } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { readPageContext, sendPage } from '../lib/http/context.ts'
import { formBody, readForm, refuseForm } from '../lib/http/forms.ts'
import type { FormState } from '../lib/http/forms.ts'
import { presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { createProject, getCompany, getProject, listAllProjects, listCompanies, updateProject } from './companies.ts'
import { name, projectStatuses, updateProjectBody } from './schema.ts'
import { projectListPage, projectPage } from './views/projects.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const optionalId = z.preprocess((value) => value || undefined, z.coerce.number().int().positive().optional()).catch(undefined)
const listQuery = z.object({
  q: z.string().trim().transform((text) => text.slice(0, limits.searchCharsMax)).catch(''),
  status: z.enum(projectStatuses).optional().catch(undefined),
  company_id: optionalId,
  page: z.coerce.number().int().min(1).max(limits.pageMax).catch(1),
})
type ListQuery = z.infer<typeof listQuery>
const projectForm = z.object({ name, company_id: z.coerce.number().int().positive() })

export function projectPages(app: App, server: Server): void {
  const { db, publicUrl } = app

  server.get('/admin/projects', { config: { access: 'viewer', page: true }, schema: { querystring: listQuery } }, async (request, reply) => await showProjects(app, request, reply, { query: request.query }))

  server.post('/admin/projects', { config: { access: 'editor', page: true }, schema: { body: formBody } }, async (request, reply) => {
    const user = currentUser(request)
    const context = readPageContext(request, app.assets)
    try {
      const form = readForm(projectForm, { ...(user.companyId === null ? {} : { company_id: String(user.companyId) }), ...request.body }, context.language)
      const made = await createProject(db, user, { companyId: form.company_id, name: form.name, publicUrl, author: user })
      return await reply.redirect(`/admin/projects/${made.id}`, 303)
    } catch (error) {
      const { state, status } = refuseForm(context.language, 'project', request.body, error)
      return await showProjects(app, request, reply.code(status), { query: { q: '', page: 1, company_id: undefined }, state })
    }
  })

  server.get('/admin/projects/:id', { config: { access: 'viewer', page: true }, schema: { params: idParams, querystring: z.object({ done: z.string().max(20).optional() }) } }, async (request, reply) => {
    return await showProject(app, request, reply, request.params.id, { done: request.query.done !== undefined })
  })

  server.post('/admin/projects/:id', { config: { access: 'editor', page: true }, schema: { params: idParams, body: formBody } }, async (request, reply) => {
    const { id } = request.params
    const context = readPageContext(request, app.assets)
    try {
      await updateProject(db, currentUser(request), id, readForm(updateProjectBody, request.body, context.language), publicUrl)
      return await reply.redirect(`/admin/projects/${id}?done=saved`, 303)
    } catch (error) {
      const { state, status } = refuseForm(context.language, 'project', request.body, error)
      return await showProject(app, request, reply.code(status), id, { state, isOld: error instanceof AppError && error.code === 'edited_meanwhile' })
    }
  })
}

async function showProjects(app: App, request: FastifyRequest, reply: FastifyReply, shown: { query: ListQuery; state?: FormState }): Promise<FastifyReply> {
  const user = currentUser(request)
  const { q, status, company_id } = shown.query
  const page = readPage({ page: shown.query.page, limit: limits.pageLimitDefault })
  const [list, companies] = await Promise.all([
    listAllProjects(app.db, user, { companyId: company_id ?? null, search: q || undefined, status }, page, app.publicUrl),
    listCompanies(app, user, { page: 1, limit: limits.pageLimitMax, offset: 0 }),
  ])
  const chosen = company_id !== undefined && user.companyId === null && !companies.items.some(({ id }) => id === company_id) ? [await getCompany(app.db, user, company_id)] : []
  return await sendPage(request, reply, projectListPage(readPageContext(request, app.assets), {
    list: presentList(list, page), filters: { q, status, company_id }, companies: [...chosen, ...companies.items], canEdit: isAtLeast(user.role, 'editor'), state: shown.state,
  }))
}

async function showProject(app: App, request: FastifyRequest, reply: FastifyReply, id: number, shown: { done?: boolean; state?: FormState; isOld?: boolean }): Promise<FastifyReply> {
  const user = currentUser(request)
  const project = await getProject(app.db, user, id, app.publicUrl)
  const company = await getCompany(app.db, user, project.company_id)
  const { done = false, state, isOld = false } = shown
  return await sendPage(request, reply, projectPage(readPageContext(request, app.assets), {
    project, companyName: company.name, canEdit: isAtLeast(user.role, 'editor'), done, state, fresh: isOld ? project : null,
  }))
}
