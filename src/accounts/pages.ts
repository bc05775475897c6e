import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { readPageContext, sendPage } from '../lib/http/context.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { describeError } from '../words/words.ts'
import { findSignedIn, sessionCookie, signIn, signOut } from './accounts.ts'
import { setSessionCookie } from './routes.ts'
import { loginPage } from './views.ts'

const loginForm = z.object({
  email: z.string().max(limits.emailCharsMax).default(''),
  password: z.string().max(limits.passwordCharsMax).default(''),
  next: z.string().max(2000).optional(),
})
const nextQuery = z.object({ next: z.string().max(2000).optional() })

export function accountPages(app: App, server: Server): void {
  server.get('/admin/login', { config: { access: 'guest', page: true }, schema: { querystring: nextQuery } }, async (request, reply) => {
    if ((await findSignedIn(app, request)) !== undefined) return await reply.redirect(ownPath(request.query.next), 303)
    return await sendPage(request, reply, loginPage(readPageContext(request, app.assets), { next: request.query.next ?? null }))
  })

  server.post('/admin/login', { config: { access: 'guest', page: true, rate: 'sign-in' }, schema: { body: loginForm } }, async (request, reply) => {
    const { email, password, next } = request.body
    try {
      const signedIn = await signIn(app.db, { email, password, userAgent: request.headers['user-agent'] ?? null })
      setSessionCookie(app, reply, signedIn)
      return await reply.redirect(ownPath(next), 303)
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      const context = readPageContext(request, app.assets)
      return await sendPage(request, reply.code(error.status), loginPage(context, { email, error: describeError(context.language, error), next: next ?? null }))
    }
  })

  server.post('/admin/logout', { config: { access: 'signed-in', page: true } }, async (request, reply) => {
    if (request.token !== undefined) await signOut(app.db, request.token)
    return await reply.clearCookie(sessionCookie, { path: '/' }).redirect('/', 303)
  })
}

/** Only ever leads on to a page of ours, whatever stands in the link. */
function ownPath(next: string | undefined): string {
  const base = 'http://own.invalid'
  if (next === undefined || !next.startsWith('/') || !URL.canParse(next, base)) return '/admin/content'
  const { origin, pathname, search } = new URL(next, base)
  return origin === base ? pathname + search : '/admin/content'
}
