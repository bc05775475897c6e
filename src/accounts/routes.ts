import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { currentUser, sessionCookie, signIn, signOut } from './accounts.ts'
import type { SignedIn, User } from './accounts.ts'
import { loginAnswer, loginBody, userView } from './schema.ts'

export function accountRoutes(app: App, server: Server): void {
  server.post('/api/auth/login', { config: { access: 'guest', rate: 'sign-in' }, schema: { body: loginBody, response: { 200: loginAnswer } } }, async (request, reply) => {
    const signedIn = await signIn(app.db, { ...request.body, userAgent: request.headers['user-agent'] ?? null })
    setSessionCookie(app, reply, signedIn)
    return { access_token: signedIn.token, token_type: 'bearer' as const, expires_in: signedIn.expiresInSeconds, user: presentUser(signedIn.user) }
  })

  server.post('/api/auth/logout', { config: { access: 'signed-in' }, schema: { response: { 204: z.null() } } }, async (request, reply) => {
    if (request.token === undefined) throw new AppError('unauthenticated')
    await signOut(app.db, request.token)
    reply.clearCookie(sessionCookie, { path: '/' })
    return reply.code(204).send(null)
  })

  server.get('/api/auth/me', { config: { access: 'signed-in' }, schema: { response: { 200: userView } } }, (request) => presentUser(currentUser(request)))
}

export function setSessionCookie(app: App, reply: FastifyReply, signedIn: SignedIn): void {
  reply.setCookie(sessionCookie, signedIn.token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: app.publicUrl.startsWith('https:'),
    maxAge: limits.sessionDays * 24 * 60 * 60,
  })
}

function presentUser(user: User) {
  return { id: user.id, email: user.email, name: user.name, role: user.role, company_id: user.companyId }
}
