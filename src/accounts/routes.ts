import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { listView, pageQuery, presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { listAudit } from './audit.ts'
import { currentUser } from './authenticate.ts'
import { clearSessionCookies, readCookies, refuseOtherOrigins, setSessionCookies } from './cookies.ts'
import { peopleRoutes } from './people/routes.ts'
import { presentSignedIn, presentUser, readVisitor } from './present.ts'
import {
  apiTokenView, auditEntry, auditQuery, codeBody, createTokenBody, loginAnswer, loginBody, passwordBody, recoveryCodesView, refreshBody, sessionView, setupView,
  twoFactorView, userView,
} from './schema.ts'
import { endOtherSessions, endSession, listSessions, refreshSession, signOut } from './sessions.ts'
import { signIn } from './signin.ts'
import { createApiToken, deleteApiToken, listApiTokens } from './tokens.ts'
import { confirmTwoFactor, createRecoveryCodes, readTwoFactor, startTwoFactor, stopTwoFactor } from './twofactor.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const uuidParams = z.object({ id: z.uuid() })
const nothing = { 204: z.null() }

export function accountRoutes(app: App, server: Server): void {
  signInRoutes(app, server)
  sessionRoutes(app, server)
  twoFactorRoutes(app, server)
  tokenRoutes(app, server)
  peopleRoutes(app, server)

  server.get('/api/audit', { config: { access: 'manager' }, schema: { querystring: pageQuery.extend(auditQuery.shape), response: { 200: listView(auditEntry) } } }, async (request) => {
    const page = readPage(request.query)
    const { company_id, user_id, kind, action, search, from, to } = request.query
    return presentList(await listAudit(app.db, currentUser(request), { companyId: company_id, userId: user_id, kind, action, search, from, to }, page), page)
  })
}

function signInRoutes(app: App, server: Server): void {
  server.post('/api/auth/login', { config: { access: 'guest', rate: 'sign-in' }, schema: { body: loginBody, response: { 200: loginAnswer } } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const signedIn = await signIn(app.db, { ...request.body, visitor: readVisitor(request) })
    setSessionCookies(app, reply, signedIn)
    return presentSignedIn(signedIn)
  })

  server.post('/api/auth/refresh', { config: { access: 'guest' }, schema: { body: refreshBody, response: { 200: loginAnswer } } }, async (request, reply) => {
    refuseOtherOrigins(app, request)
    const given = request.body?.refresh_token ?? readCookies(request).refresh
    if (given === undefined) throw new AppError('unauthenticated')
    const signedIn = await refreshSession(app.db, given)
    setSessionCookies(app, reply, signedIn)
    return presentSignedIn(signedIn)
  })

  server.post('/api/auth/logout', { config: { access: 'person' }, schema: { response: nothing } }, async (request, reply) => {
    await signOut(app.db, currentUser(request), request.sessionId ?? '')
    clearSessionCookies(app, reply)
    return reply.code(204).send(null)
  })

  server.get('/api/auth/me', { config: { access: 'signed-in' }, schema: { response: { 200: userView } } }, (request) => presentUser(currentUser(request)))
}

function sessionRoutes(app: App, server: Server): void {
  server.get('/api/auth/sessions', { config: { access: 'person' }, schema: { response: { 200: z.object({ items: z.array(sessionView) }) } } }, async (request) => {
    return { items: await listSessions(app.db, currentUser(request), request.sessionId) }
  })

  server.delete('/api/auth/sessions/:id', { config: { access: 'person' }, schema: { params: uuidParams, response: nothing } }, async (request, reply) => {
    await endSession(app.db, currentUser(request), request.params.id)
    return reply.code(204).send(null)
  })

  server.delete('/api/auth/sessions', { config: { access: 'person' }, schema: { response: { 200: z.object({ ended: z.number() }) } } }, async (request) => {
    return { ended: await endOtherSessions(app.db, currentUser(request), request.sessionId) }
  })
}

function twoFactorRoutes(app: App, server: Server): void {
  server.get('/api/auth/two-factor', { config: { access: 'person' }, schema: { response: { 200: twoFactorView } } }, async (request) => await readTwoFactor(app.db, currentUser(request).id))

  server.post('/api/auth/two-factor', { config: { access: 'person' }, schema: { body: passwordBody, response: { 200: setupView } } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return await startTwoFactor(app.db, currentUser(request), request.body.password)
  })

  server.post('/api/auth/two-factor/confirm', { config: { access: 'person' }, schema: { body: codeBody, response: { 200: recoveryCodesView } } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return { recovery_codes: await confirmTwoFactor(app.db, currentUser(request), request.body.code) }
  })

  server.post('/api/auth/two-factor/recovery-codes', { config: { access: 'person' }, schema: { body: passwordBody, response: { 200: recoveryCodesView } } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return { recovery_codes: await createRecoveryCodes(app.db, currentUser(request), request.body.password) }
  })

  server.post('/api/auth/two-factor/disable', { config: { access: 'person' }, schema: { body: passwordBody, response: nothing } }, async (request, reply) => {
    await stopTwoFactor(app.db, currentUser(request), request.body.password)
    return reply.code(204).send(null)
  })
}

function tokenRoutes(app: App, server: Server): void {
  server.get('/api/auth/tokens', { config: { access: 'person' }, schema: { response: { 200: z.object({ items: z.array(apiTokenView) }) } } }, async (request) => {
    return { items: await listApiTokens(app.db, currentUser(request)) }
  })

  server.post('/api/auth/tokens', { config: { access: 'person' }, schema: { body: createTokenBody, response: { 201: apiTokenView.extend({ token: z.string() }) } } }, async (request, reply) => {
    const { name, scope, expires_in_days } = request.body
    reply.header('cache-control', 'no-store')
    return reply.code(201).send(await createApiToken(app.db, currentUser(request), { name, scope, days: expires_in_days }))
  })

  server.delete('/api/auth/tokens/:id', { config: { access: 'person' }, schema: { params: idParams, response: nothing } }, async (request, reply) => {
    await deleteApiToken(app.db, currentUser(request), request.params.id)
    return reply.code(204).send(null)
  })
}
