import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app.ts'
import { readPageContext, sendPage } from '../../lib/http/context.ts'
import { formBody, readForm, refuseForm } from '../../lib/http/forms.ts'
import type { FormValues } from '../../lib/http/forms.ts'
import type { Server } from '../../lib/http/server.ts'
import type { Language } from '../../words/words.ts'
import { currentUser } from '../authenticate.ts'
import { findPerson } from '../people/queries.ts'
import { updateMe } from '../people/people.ts'
import { askEmailChange, changePassword } from '../reset.ts'
import { email, language, newPassword, password, personName } from '../schema.ts'
import { endOtherSessions, endSession, listSessions } from '../sessions.ts'
import { listApiTokens } from '../tokens.ts'
import { findTwoFactorSetup, readTwoFactor } from '../twofactor.ts'
import { accountPage } from '../views/account.ts'
import type { AccountModel } from '../views/account.ts'

const person = { access: 'person', page: true } as const
const doneQuery = z.object({ done: z.enum(['saved', 'password', 'email', 'email-sent', 'session', 'two-factor-off', 'token']).optional().catch(undefined) })
const meForm = z.object({ name: personName, language: z.union([language, z.literal('')]).transform((value) => value || null) })

export function ownPages(app: App, server: Server): void {
  const { db } = app

  server.get('/admin/account', { config: person, schema: { querystring: doneQuery } }, async (request, reply) => await showAccount(app, request, reply, { done: request.query.done }))

  server.post('/admin/account', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'me', request.body, 'saved', async (language) => {
      await updateMe(db, currentUser(request), readForm(meForm, request.body, language))
    })
  })

  server.post('/admin/account/password', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'password', request.body, 'password', async (language) => {
      const form = readForm(z.object({ password, new_password: newPassword }), request.body, language)
      await changePassword(db, currentUser(request), { current: form.password, password: form.new_password, sessionId: request.sessionId })
    })
  })

  server.post('/admin/account/email', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'email', request.body, app.mail.isConfigured ? 'email-sent' : 'email', async (language) => {
      await askEmailChange(app, currentUser(request), { ...readForm(z.object({ email, password }), request.body, language), language })
    })
  })

  server.post('/admin/account/sessions/end', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'sessions', request.body, 'session', async (language) => {
      if (request.body.id === undefined) await endOtherSessions(db, currentUser(request), request.sessionId)
      else await endSession(db, currentUser(request), readForm(z.object({ id: z.uuid() }), request.body, language).id)
    })
  })
}

/** Does what one of the page's forms asks, and shows the page again: with what was done, or with the form and what is wrong. */
export async function actOnAccount(
  app: App, request: FastifyRequest, reply: FastifyReply, form: string, values: FormValues, done: NonNullable<AccountModel['done']> | null, act: (language: Language) => Promise<void>,
): Promise<FastifyReply> {
  const context = readPageContext(request, app.assets)
  try {
    await act(context.language)
    return await reply.redirect(done === null ? '/admin/account#two-factor' : `/admin/account?done=${done}`, 303)
  } catch (error) {
    const { state, status } = refuseForm(context.language, form, values, error)
    return await showAccount(app, request, reply.code(status), { state })
  }
}

/** `secrets` are shown this once. */
export async function showAccount(app: App, request: FastifyRequest, reply: FastifyReply, shown: Pick<AccountModel, 'state' | 'secrets'> & { done?: AccountModel['done'] }): Promise<FastifyReply> {
  const user = currentUser(request)
  const [row, twoFactor, setup, sessions, tokens] = await Promise.all([
    findPerson(app.db, { id: user.id }), readTwoFactor(app.db, user.id), findTwoFactorSetup(app.db, user), listSessions(app.db, user, request.sessionId), listApiTokens(app.db, user),
  ])
  reply.header('cache-control', 'no-store')
  return await sendPage(request, reply, accountPage(readPageContext(request, app.assets), {
    me: { name: row?.name ?? user.name, email: user.email, role: user.role, company: row?.companyName ?? null, language: row?.language ?? null },
    twoFactor, setup: setup ?? null, sessions, tokens, ...shown,
  }))
}
