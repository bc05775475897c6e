import { z } from 'zod'
import type { App } from '../../app.ts'
import { AppError } from '../../errors.ts'
import { readPageContext, sendPage } from '../../lib/http/context.ts'
import { presentList, readPage } from '../../lib/http/pages.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { listAudit } from '../audit.ts'
import { currentUser } from '../authenticate.ts'
import { listMails, sendMailLater } from '../mails/mails.ts'
import { selectCompanyNames } from '../people/queries.ts'
import { auditPage, mailsPage } from '../views/audit.ts'

/** A filter that somebody mistyped in the address is left out rather than refused. */
const filter = z.string().max(40).optional().transform((value) => value || undefined).catch(undefined)
const day = z.union([z.literal('').transform(() => undefined), z.iso.date()]).optional().catch(undefined)
const auditQuery = z.object({
  q: z.string().trim().transform((text) => text.slice(0, limits.searchCharsMax)).catch(''),
  kind: filter, action: filter, from: day, to: day,
  company_id: z.coerce.number().int().positive().optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(limits.pageMax).catch(1),
})

export function auditPages(app: App, server: Server): void {
  const { db } = app
  server.get('/admin/audit', { config: { access: 'manager', page: true }, schema: { querystring: auditQuery } }, async (request, reply) => {
    const user = currentUser(request)
    const { q, kind, action, from, to, company_id } = request.query
    const page = readPage({ page: request.query.page, limit: limits.pageLimitDefault })
    const [list, companies] = await Promise.all([
      listAudit(db, user, { search: q || undefined, kind, action, from, to, companyId: company_id }, page),
      user.companyId === null ? selectCompanyNames(db, limits.pageLimitMax, company_id) : Promise.resolve([]),
    ])
    return await sendPage(request, reply, auditPage(readPageContext(request, app.assets), {
      list: presentList(list, page), companies, filters: { q, kind, action, from, to, company_id },
    }))
  })

  server.get('/admin/mails', { config: { access: 'admin', page: true } }, async (request, reply) => {
    return await sendPage(request, reply, mailsPage(readPageContext(request, app.assets), { mails: await listMails(db), isConfigured: app.mail.isConfigured, from: app.config.mailFrom }))
  })

  server.post('/admin/mails/test', { config: { access: 'admin', page: true } }, async (request, reply) => {
    if (!app.mail.isConfigured) throw new AppError('mail_not_configured')
    const user = currentUser(request)
    const { language } = readPageContext(request, app.assets)
    await db.transaction().execute(async (trx) => await sendMailLater(trx, { kind: 'test', recipient: user.email, language, userId: user.id }))
    return await reply.redirect('/admin/mails', 303)
  })
}
