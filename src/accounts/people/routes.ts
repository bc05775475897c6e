import { z } from 'zod'
import type { App } from '../../app.ts'
import { readLanguage } from '../../lib/http/language.ts'
import { listView, pageQuery, presentList, readPage } from '../../lib/http/pages.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { currentUser } from '../authenticate.ts'
import { setSessionCookies } from '../cookies.ts'
import { listMails } from '../mails/mails.ts'
import { presentSignedIn, presentUser, readVisitor } from '../present.ts'
import { askEmailChange, askPasswordReset, changePassword, finishEmailChange, finishPasswordReset } from '../reset.ts'
import { companyRoles, roles } from '../roles.ts'
import { email, language, loginAnswer, newPassword, password, personName, token, userView } from '../schema.ts'
import { acceptInvitation, invite, listInvitations, withdrawInvitation } from './invitations.ts'
import { getPerson, listPeople, removePerson, updateMe, updatePerson } from './people.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const nothing = { 204: z.null() }
const asked = { 202: z.object({ status: z.literal('asked') }) }
/** `platform`: the platform's administrators. */
const whose = z.union([z.literal('platform'), z.coerce.number().int().positive()]).optional()

const personView = z.object({
  id: z.number(), email: z.string(), name: z.string(), role: z.enum(roles), company_id: z.number().nullable(), company_name: z.string().nullable(),
  two_factor: z.boolean(), last_seen_at: z.string().nullable(), created_at: z.string(), version: z.number(),
})
const invitationView = z.object({
  id: z.number(), company_id: z.number().nullable(), company_name: z.string().nullable(), email: z.string(), role: z.enum(roles), invited_by: z.string().nullable(),
  created_at: z.string(), expires_at: z.string(), mail: z.object({ status: z.string(), problem: z.string().nullable() }).nullable(),
})
const mailView = z.object({
  id: z.number(), kind: z.string(), recipient: z.string(), status: z.string(), failures: z.number(), problem: z.string().nullable(), created_at: z.string(), sent_at: z.string().nullable(),
})

export const inviteBody = z.object({ email, role: z.enum(roles), company_id: z.number().int().positive().nullish(), language: language.optional() })
export const personBody = z.object({ name: personName.optional(), role: z.enum(companyRoles).optional(), version: z.number().int().optional() })
export const acceptBody = z.object({ token, name: personName, password: newPassword })

export function peopleRoutes(app: App, server: Server): void {
  const { db } = app
  const peopleQuery = pageQuery.extend({ company_id: whose, search: z.string().trim().max(limits.searchCharsMax).optional() })

  server.get('/api/people', { config: { access: 'manager' }, schema: { querystring: peopleQuery, response: { 200: listView(personView) } } }, async (request) => {
    const page = readPage(request.query)
    const { company_id, search } = request.query
    return presentList(await listPeople(db, currentUser(request), { companyId: readWhose(company_id), search: search || undefined }, page), page)
  })

  server.get('/api/people/:id', { config: { access: 'manager' }, schema: { params: idParams, response: { 200: personView } } }, async (request) => {
    return await getPerson(db, currentUser(request), request.params.id)
  })

  server.patch('/api/people/:id', { config: { access: 'manager' }, schema: { params: idParams, body: personBody, response: { 200: personView } } }, async (request) => {
    return await updatePerson(db, currentUser(request), request.params.id, request.body)
  })

  server.delete('/api/people/:id', { config: { access: 'manager' }, schema: { params: idParams, response: nothing } }, async (request, reply) => {
    await removePerson(db, currentUser(request), request.params.id)
    return reply.code(204).send(null)
  })

  server.get('/api/ops/mails', { config: { access: 'admin' }, schema: { response: { 200: z.object({ items: z.array(mailView) }) } } }, async () => ({ items: await listMails(db) }))

  invitationRoutes(app, server)
  ownRoutes(app, server)
  resetRoutes(app, server)
}

function invitationRoutes(app: App, server: Server): void {
  const { db } = app
  const query = z.object({ company_id: whose })

  server.get('/api/invitations', { config: { access: 'manager' }, schema: { querystring: query, response: { 200: z.object({ items: z.array(invitationView) }) } } }, async (request) => {
    return { items: await listInvitations(db, currentUser(request), readWhose(request.query.company_id)) }
  })

  server.post('/api/invitations', { config: { access: 'manager' }, schema: { body: inviteBody, response: { 201: invitationView.extend({ link: z.string().nullable() }) } } }, async (request, reply) => {
    const user = currentUser(request)
    const { company_id, role } = request.body
    const companyId = company_id ?? user.companyId
    reply.header('cache-control', 'no-store')
    return reply.code(201).send(await invite(app, user, { companyId, role, email: request.body.email, language: request.body.language ?? readLanguage(request) }))
  })

  server.delete('/api/invitations/:id', { config: { access: 'manager' }, schema: { params: idParams, response: nothing } }, async (request, reply) => {
    await withdrawInvitation(db, currentUser(request), request.params.id)
    return reply.code(204).send(null)
  })

  server.post('/api/auth/invitations/accept', { config: { access: 'guest' }, schema: { body: acceptBody, response: { 201: loginAnswer } } }, async (request, reply) => {
    const signedIn = await acceptInvitation(db, { ...request.body, visitor: readVisitor(request) })
    setSessionCookies(app, reply, signedIn)
    return reply.code(201).send(presentSignedIn(signedIn))
  })
}

function ownRoutes(app: App, server: Server): void {
  const { db } = app
  const meBody = z.object({ name: personName, language: language.nullish().transform((value) => value ?? null) })
  const changePasswordBody = z.object({ password, new_password: newPassword })
  const changeEmailBody = z.object({ email, password })

  server.patch('/api/auth/me', { config: { access: 'person' }, schema: { body: meBody, response: { 200: userView } } }, async (request) => {
    return presentUser(await updateMe(db, currentUser(request), request.body))
  })

  server.post('/api/auth/password', { config: { access: 'person' }, schema: { body: changePasswordBody, response: nothing } }, async (request, reply) => {
    await changePassword(db, currentUser(request), { current: request.body.password, password: request.body.new_password, sessionId: request.sessionId })
    return reply.code(204).send(null)
  })

  server.post('/api/auth/email', { config: { access: 'person' }, schema: { body: changeEmailBody, response: { 200: z.object({ changed: z.boolean() }) } } }, async (request) => {
    return await askEmailChange(app, currentUser(request), { ...request.body, language: readLanguage(request) })
  })
}

function resetRoutes(app: App, server: Server): void {
  server.post('/api/auth/password-reset', { config: { access: 'guest', rate: 'sign-in' }, schema: { body: z.object({ email }), response: asked } }, async (request, reply) => {
    await askPasswordReset(app, { email: request.body.email, address: request.ip, language: readLanguage(request) })
    return reply.code(202).send({ status: 'asked' as const })
  })

  server.post('/api/auth/password-reset/confirm', { config: { access: 'guest' }, schema: { body: z.object({ token, password: newPassword }), response: nothing } }, async (request, reply) => {
    await finishPasswordReset(app.db, request.body)
    return reply.code(204).send(null)
  })

  server.post('/api/auth/email/confirm', { config: { access: 'guest' }, schema: { body: z.object({ token }), response: { 200: z.object({ email: z.string() }) } } }, async (request) => {
    return { email: await finishEmailChange(app.db, request.body.token) }
  })
}

function readWhose(given: 'platform' | number | undefined): number | null | undefined {
  return given === 'platform' ? null : given
}
