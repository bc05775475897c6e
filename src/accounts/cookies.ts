import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import type { SignedIn } from './sessions.ts'

const accessCookie = 'arv_session'
const refreshCookie = 'arv_refresh'

export function readCookies(request: FastifyRequest): { access: string | undefined; refresh: string | undefined } {
  return { access: request.cookies[accessCookie] || undefined, refresh: request.cookies[refreshCookie] || undefined }
}

/** Written as headers at once, so that answers which take the connection over (event streams) carry them too. */
export function setSessionCookies(app: Pick<App, 'publicUrl'>, reply: FastifyReply, signedIn: SignedIn): void {
  setCookie(app, reply, accessCookie, signedIn.accessToken, signedIn.accessSeconds)
  setCookie(app, reply, refreshCookie, signedIn.refreshToken, signedIn.refreshSeconds)
}

export function clearSessionCookies(app: Pick<App, 'publicUrl'>, reply: FastifyReply): void {
  setCookie(app, reply, accessCookie, '', 0)
  setCookie(app, reply, refreshCookie, '', 0)
}

function setCookie(app: Pick<App, 'publicUrl'>, reply: FastifyReply, name: string, value: string, maxAge: number): void {
  const secure = app.publicUrl.startsWith('https:')
  reply.header('set-cookie', reply.server.serializeCookie(name, value, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge }))
}

/** A browser sends our cookie along with forms of other sites too; what changes something must come from us. Errors: `forbidden_origin`. */
export function refuseOtherOrigins(app: Pick<App, 'publicUrl'>, request: FastifyRequest): void {
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
