import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { AppError } from '../../errors.ts'
import { readPageContext, sendPage } from '../../lib/http/context.ts'
import { formBody, readForm, refuseForm } from '../../lib/http/forms.ts'
import type { FormState } from '../../lib/http/forms.ts'
import type { Html } from '../../lib/html/html.ts'
import { readLanguage } from '../../lib/http/language.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { describeError } from '../../words/words.ts'
import { currentUser, findSignedIn } from '../authenticate.ts'
import { clearSessionCookies, refuseOtherOrigins, setSessionCookies } from '../cookies.ts'
import { acceptInvitation, getInvitation } from '../people/invitations.ts'
import { readVisitor } from '../present.ts'
import { askPasswordReset, checkResetLink, finishEmailChange, finishPasswordReset } from '../reset.ts'
import { email, newPassword, personName, token } from '../schema.ts'
import { signOut } from '../sessions.ts'
import { beginSignIn, finishSignIn } from '../signin.ts'
import { emailPage, forgotPage, joinPage, loginPage, resetPage, secondStepPage } from '../views/signin.ts'

const loginForm = z.object({
  email: z.string().max(limits.emailCharsMax).default(''),
  password: z.string().max(limits.passwordCharsMax).default(''),
  next: z.string().max(2000).optional(),
})
const nextQuery = z.object({ next: z.string().max(2000).optional() })
const tokenQuery = z.object({ token: token.catch('none') })
const guest = { access: 'guest', page: true } as const

export function signInPages(app: App, server: Server): void {
  const { db } = app
  server.get('/admin/login', { config: guest, schema: { querystring: nextQuery } }, async (request, reply) => {
    if ((await findSignedIn(app, request, reply)) !== undefined) return await reply.redirect(ownPath(request.query.next), 303)
    return await sendPage(request, reply, loginPage(readPageContext(request, app.assets), { next: request.query.next ?? null, canReset: app.mail.isConfigured }))
  })

  server.post('/admin/login', { config: { ...guest, rate: 'sign-in' }, schema: { body: loginForm } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const { email, password, next } = request.body
    const context = readPageContext(request, app.assets)
    try {
      const begun = await beginSignIn(db, { email, password, visitor: readVisitor(request) })
      if ('step' in begun) return await sendPrivate(request, reply, secondStepPage(context, { step: begun.step, next: next ?? null }))
      setSessionCookies(app, reply, begun.signedIn)
      return await reply.redirect(ownPath(next), 303)
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      const model = { email, error: describeError(context.language, error), next: next ?? null, canReset: app.mail.isConfigured }
      return await sendPage(request, reply.code(error.status), loginPage(context, model))
    }
  })

  server.post('/admin/login/code', { config: { ...guest, rate: 'sign-in' }, schema: { body: z.object({ step: token, code: z.string().max(64).default(''), next: z.string().max(2000).optional() }) } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const { step, next } = request.body
    const context = readPageContext(request, app.assets)
    try {
      setSessionCookies(app, reply, await finishSignIn(db, { step, code: request.body.code, visitor: readVisitor(request) }))
      return await reply.redirect(ownPath(next), 303)
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      const message = describeError(context.language, error)
      // Too long ago: begin again.
      if (error.code === 'link_ended') return await sendPage(request, reply.code(error.status), loginPage(context, { error: message, next: next ?? null, canReset: app.mail.isConfigured }))
      return await sendPrivate(request, reply.code(error.status), secondStepPage(context, { step, next: next ?? null, error: message }))
    }
  })

  server.post('/admin/logout', { config: { access: 'person', page: true } }, async (request, reply) => {
    await signOut(db, currentUser(request), request.sessionId ?? '')
    clearSessionCookies(app, reply)
    return await reply.redirect('/', 303)
  })

  resetPages(app, server)
  joinPages(app, server)
  emailPages(app, server)
}

function resetPages(app: App, server: Server): void {
  const { db } = app
  server.get('/admin/forgot', { config: guest }, async (request, reply) => {
    return await sendPage(request, reply, forgotPage(readPageContext(request, app.assets), { canReset: app.mail.isConfigured, isSent: false }))
  })

  server.post('/admin/forgot', { config: { ...guest, rate: 'sign-in' }, schema: { body: formBody } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const context = readPageContext(request, app.assets)
    return await answerForm(request, reply, { values: request.body, act: async () => {
      await askPasswordReset(app, { email: readForm(z.object({ email }), request.body, context.language).email, address: request.ip, language: context.language })
      return await sendPage(request, reply, forgotPage(context, { canReset: true, isSent: true }))
    }, show: (state) => forgotPage(context, { canReset: app.mail.isConfigured, isSent: false, state }) })
  })

  server.get('/admin/reset', { config: guest, schema: { querystring: tokenQuery } }, async (request, reply) => {
    await checkResetLink(db, request.query.token)
    return await sendPrivate(request, reply, resetPage(readPageContext(request, app.assets), { token: request.query.token, isDone: false }))
  })

  server.post('/admin/reset', { config: guest, schema: { body: formBody } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const context = readPageContext(request, app.assets)
    return await answerForm(request, reply, { values: request.body, act: async () => {
      await finishPasswordReset(db, readForm(z.object({ token, password: newPassword }), request.body, context.language))
      clearSessionCookies(app, reply)
      return await sendPage(request, reply, resetPage(context, { token: '', isDone: true }))
    }, show: (state) => resetPage(context, { token: request.body.token ?? '', isDone: false, state }) })
  })
}

function joinPages(app: App, server: Server): void {
  const { db } = app
  server.get('/admin/join', { config: guest, schema: { querystring: tokenQuery } }, async (request, reply) => {
    const invitation = await getInvitation(db, request.query.token)
    return await sendPrivate(request, reply, joinPage(readPageContext(request, app.assets), { token: request.query.token, invitation }))
  })

  server.post('/admin/join', { config: guest, schema: { body: formBody } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const context = readPageContext(request, app.assets)
    const invitation = await getInvitation(db, request.body.token ?? '')
    return await answerForm(request, reply, { values: request.body, act: async () => {
      const form = readForm(z.object({ token, name: personName, password: newPassword }), request.body, context.language)
      setSessionCookies(app, reply, await acceptInvitation(db, { ...form, visitor: readVisitor(request) }))
      return await reply.redirect('/admin', 303)
    }, show: (state) => joinPage(context, { token: request.body.token ?? '', invitation, state }) })
  })
}

function emailPages(app: App, server: Server): void {
  // A link that is only looked at, by a mail scanner for example, changes nothing yet.
  server.get('/admin/email', { config: guest, schema: { querystring: tokenQuery } }, async (request, reply) => {
    return await sendPrivate(request, reply, emailPage(readPageContext(request, app.assets), { token: request.query.token, email: null }))
  })

  server.post('/admin/email', { config: guest, schema: { body: formBody } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const context = readPageContext(request, app.assets)
    const changed = await finishEmailChange(app.db, readForm(z.object({ token }), request.body, context.language).token)
    return await sendPage(request, reply, emailPage(context, { token: '', email: changed }))
  })
}

/** Does what a form asks; when it is refused, shows it again as it was sent. */
async function answerForm(
  request: FastifyRequest, reply: FastifyReply, form: { values: Record<string, string>; act: () => Promise<FastifyReply>; show: (state: FormState) => Html },
): Promise<FastifyReply> {
  try {
    return await form.act()
  } catch (error) {
    // A link that has ended is a page of its own: there is no form to mend.
    if (error instanceof AppError && error.code === 'link_ended') throw error
    const { state, status } = refuseForm(readLanguage(request), 'main', form.values, error)
    return await sendPrivate(request, reply.code(status), form.show(state))
  }
}

/** Not to be kept, nor its address told: there is a secret in it. */
async function sendPrivate(request: FastifyRequest, reply: FastifyReply, page: Html): Promise<FastifyReply> {
  reply.headers({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
  return await sendPage(request, reply, page)
}

/** Only ever leads on to a page of ours, whatever stands in the link. */
function ownPath(next: string | undefined): string {
  const base = 'http://own.invalid'
  if (next === undefined || !next.startsWith('/') || !URL.canParse(next, base)) return '/admin/content'
  const { origin, pathname, search } = new URL(next, base)
  return origin === base ? pathname + search : '/admin/content'
}
