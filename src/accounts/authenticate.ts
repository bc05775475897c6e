import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import type { User } from './queries.ts'
import { findUserByToken } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    user?: User
    token?: string
  }
}

export const sessionCookie = 'arv_session'

/** Who is asking, as the route's `access` allows. Errors: `unauthenticated`, `forbidden`, `forbidden_origin`. */
export async function authenticate(app: App, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { access, page } = request.routeOptions.config
  if (access === undefined || access === 'guest') return
  const user = await findSignedIn(app, request)
  if (user === undefined) {
    if (page === true && request.method === 'GET') return reply.redirect(`/admin/login?next=${encodeURIComponent(request.url)}`, 303)
    throw new AppError('unauthenticated')
  }
  if (access === 'admin' && user.role !== 'admin') throw new AppError('forbidden')
}

/** The signed-in user, if any: by bearer token, else by cookie, and then only for requests from our own pages. */
export async function findSignedIn(app: App, request: FastifyRequest): Promise<User | undefined> {
  const [scheme, bearer] = (request.headers.authorization ?? '').split(' ')
  const isBearer = scheme.toLowerCase() === 'bearer'
  const token = isBearer ? bearer : request.cookies[sessionCookie]
  if (token === undefined || token === '') return undefined
  if (!isBearer) refuseOtherOrigins(app, request)
  const user = await findUserByToken(app.db, token)
  if (user !== undefined) {
    request.user = user
    request.token = token
  }
  return user
}

export function currentUser(request: FastifyRequest): User {
  if (request.user === undefined) throw new AppError('unauthenticated')
  return request.user
}

/** A browser sends our cookie along with forms of other sites too; what changes something must come from us. */
function refuseOtherOrigins(app: App, request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return
  const origin = request.headers.origin
  if (origin === undefined) {
    const site = request.headers['sec-fetch-site']
    if (site === undefined || site === 'same-origin') return
    throw new AppError('forbidden_origin')
  }
  const host = URL.canParse(origin) ? new URL(origin).host : ''
  if (host !== request.host && origin !== new URL(app.publicUrl).origin) throw new AppError('forbidden_origin')
}
