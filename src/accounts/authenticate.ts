import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import type { Access } from '../lib/http/server.ts'
import { readCookies, refuseOtherOrigins, setSessionCookies } from './cookies.ts'
import type { User } from './queries.ts'
import { mayUse } from './roles.ts'
import { findUserByAccessToken, refreshSession } from './sessions.ts'
import { apiTokenBeginning, findUserByApiToken } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** In the role that they act in, which an API token may lower. */
    user?: User
    sessionId?: string
    /** Present when an API token asks. */
    scope?: 'read' | 'write' | 'manage'
  }
}

/** Who is asking, as the route's `access` allows. Errors: `unauthenticated`, `forbidden`, `forbidden_origin`, `token_scope`. */
export async function authenticate(app: App, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { access, page } = request.routeOptions.config
  if (access === undefined || access === 'guest') return
  const user = await findSignedIn(app, request, reply)
  if (user === undefined) {
    if (page === true && request.method === 'GET') return reply.redirect(`/admin/login?next=${encodeURIComponent(request.url)}`, 303)
    throw new AppError('unauthenticated')
  }
  checkScope(request, access)
  if (!mayUse(user.role, access)) throw new AppError(request.scope === undefined ? 'forbidden' : 'token_scope')
}

/** The signed-in user, if any: by bearer token, else by cookie, and then only for requests from our own pages. */
export async function findSignedIn(app: App, request: FastifyRequest, reply: FastifyReply): Promise<User | undefined> {
  const [scheme, bearer] = (request.headers.authorization ?? '').split(' ')
  if (scheme.toLowerCase() === 'bearer') return await findByBearer(app, request, bearer ?? '')
  return await findByCookie(app, request, reply)
}

export function currentUser(request: FastifyRequest): User {
  if (request.user === undefined) throw new AppError('unauthenticated')
  return request.user
}

async function findByBearer(app: App, request: FastifyRequest, token: string): Promise<User | undefined> {
  if (token === '') return undefined
  if (!token.startsWith(apiTokenBeginning)) return note(request, await findUserByAccessToken(app.db, token))
  const found = await findUserByApiToken(app.db, token)
  if (found !== undefined) request.scope = found.scope
  return note(request, found)
}

/** Browsers are given the next tokens on the way, without having to ask for them. */
async function findByCookie(app: App, request: FastifyRequest, reply: FastifyReply): Promise<User | undefined> {
  const { access, refresh } = readCookies(request)
  if (access === undefined && refresh === undefined) return undefined
  refuseOtherOrigins(app, request)
  const found = access === undefined ? undefined : await findUserByAccessToken(app.db, access)
  if (found !== undefined || refresh === undefined) return note(request, found)
  const refreshed = await refreshSession(app.db, refresh).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'unauthenticated') return undefined
    throw error
  })
  if (refreshed !== undefined) setSessionCookies(app, reply, refreshed)
  return note(request, refreshed)
}

function note(request: FastifyRequest, found: { user: User; sessionId?: string } | undefined): User | undefined {
  if (found === undefined) return undefined
  request.user = found.user
  if (found.sessionId !== undefined) request.sessionId = found.sessionId
  return found.user
}

function checkScope(request: FastifyRequest, access: Exclude<Access, 'guest'>): void {
  if (request.scope === undefined) return
  const isReading = request.method === 'GET' || request.method === 'HEAD'
  if (access === 'person' || (request.scope === 'read' && !isReading)) throw new AppError('token_scope')
}
