import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { readPageContext, sendPage } from '../lib/http/context.ts'
import { formBody, readForm, refuseForm } from '../lib/http/forms.ts'
import type { FormState, FormValues } from '../lib/http/forms.ts'
import { presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { listTimeZones } from '../lib/zones.ts'
import { limits } from '../limits.ts'
import type { Language } from '../words/words.ts'
import { createCompany, getCompany, listCompanies, removeLogo, setLogo, updateCompany } from './companies.ts'
import { receiveLogo } from './logo.ts'
import { projectPages } from './projectpages.ts'
import { companyStatuses, createCompanyBody, updateCompanyBody } from './schema.ts'
import { companyListPage, companyPage } from './views/companies.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const listQuery = z.object({
  q: z.string().trim().transform((text) => text.slice(0, limits.searchCharsMax)).catch(''),
  status: z.enum(companyStatuses).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(limits.pageMax).catch(1),
})
const doneQuery = z.object({ done: z.string().max(20).optional() })
const manager = { access: 'manager', page: true } as const

export function companyPages(app: App, server: Server): void {
  const { db } = app

  server.get('/admin/companies', { config: manager, schema: { querystring: listQuery } }, async (request, reply) => {
    const user = currentUser(request)
    if (user.companyId !== null) return await reply.redirect(`/admin/companies/${user.companyId}`, 303)
    const { q, status } = request.query
    const page = readPage({ page: request.query.page, limit: limits.pageLimitDefault })
    const list = presentList(await listCompanies(app, user, page, { search: q || undefined, status }), page)
    return await sendPage(request, reply, companyListPage(readPageContext(request, app.assets), { list, filters: { q, status } }))
  })

  server.get('/admin/companies/new', { config: { access: 'admin', page: true } }, async (request, reply) => {
    const context = readPageContext(request, app.assets)
    return await sendPage(request, reply, companyPage(context, { company: null, isPlatform: true, zones: listTimeZones(), done: false, state: undefined, fresh: null }))
  })

  server.post('/admin/companies', { config: { access: 'admin', page: true }, schema: { body: formBody } }, async (request, reply) => {
    const context = readPageContext(request, app.assets)
    try {
      const made = await createCompany(db, currentUser(request), readForm(createCompanyBody, withoutEmptySlug(request.body), context.language))
      return await reply.redirect(`/admin/companies/${made.id}?done=saved`, 303)
    } catch (error) {
      const { state, status } = refuseForm(context.language, 'company', request.body, error)
      return await sendPage(request, reply.code(status), companyPage(context, { company: null, isPlatform: true, zones: listTimeZones(), done: false, state, fresh: null }))
    }
  })

  server.get('/admin/companies/:id', { config: manager, schema: { params: idParams, querystring: doneQuery } }, async (request, reply) => {
    return await showCompany(app, request, reply, request.params.id, { done: request.query.done !== undefined })
  })

  server.post('/admin/companies/:id', { config: manager, schema: { params: idParams, body: formBody } }, async (request, reply) => {
    const { id } = request.params
    return await actOnCompany(app, request, reply, { id, form: 'company', values: request.body }, async (language) => {
      await updateCompany(db, currentUser(request), id, readForm(updateCompanyBody, request.body, language))
    })
  })

  server.post('/admin/companies/:id/logo', { config: manager, schema: { params: idParams } }, async (request, reply) => {
    const { id } = request.params
    return await actOnCompany(app, request, reply, { id, form: 'logo', values: {} }, async () => void (await setLogo(app, currentUser(request), id, await receiveLogo(request))))
  })

  server.post('/admin/companies/:id/logo/remove', { config: manager, schema: { params: idParams } }, async (request, reply) => {
    const { id } = request.params
    return await actOnCompany(app, request, reply, { id, form: 'logo', values: {} }, async () => void (await removeLogo(app, currentUser(request), id)))
  })

  projectPages(app, server)
}

async function actOnCompany(
  app: App, request: FastifyRequest, reply: FastifyReply, sent: { id: number; form: string; values: FormValues }, act: (language: Language) => Promise<void>,
): Promise<FastifyReply> {
  const { language } = readPageContext(request, app.assets)
  try {
    await act(language)
    return await reply.redirect(`/admin/companies/${sent.id}?done=saved`, 303)
  } catch (error) {
    const { state, status } = refuseForm(language, sent.form, sent.values, error)
    return await showCompany(app, request, reply.code(status), sent.id, { state, isOld: error instanceof AppError && error.code === 'edited_meanwhile' })
  }
}

/** With `isOld` the form keeps what was typed, beside what somebody else saved meanwhile; saving again then means it. */
async function showCompany(app: App, request: FastifyRequest, reply: FastifyReply, id: number, shown: { done?: boolean; state?: FormState; isOld?: boolean }): Promise<FastifyReply> {
  const user = currentUser(request)
  const company = await getCompany(app.db, user, id)
  const { done = false, state, isOld = false } = shown
  return await sendPage(request, reply, companyPage(readPageContext(request, app.assets), {
    company, isPlatform: user.companyId === null, zones: listTimeZones(), done, state, fresh: isOld ? company : null,
  }))
}

/** Left empty it is made from the name. */
function withoutEmptySlug(values: FormValues): FormValues {
  const { slug, ...others } = values
  return slug === undefined || slug.trim() === '' ? others : values
}
