import { randomUUID } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { limits } from '../../limits.ts'
import type { Log } from '../log.ts'
import type { EventStream } from './events.ts'
import { toAppError } from './failures.ts'
import { setSecurityHeaders } from './headers.ts'

export type Server = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, ZodTypeProvider>

/** Who may call a route; every route must say. `guest`: everybody. `signed-in`: any account. `admin`: the platform's own. */
export type Access = 'guest' | 'signed-in' | 'admin'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** A page sends people to sign in; an API answers 401. */
    page?: boolean
  }
  interface FastifyInstance {
    /** Those that are open; they end when the server closes. */
    eventStreams: Set<EventStream>
  }
}

/** A Fastify server with our edges: schemas by zod, limits, cookies, multipart, security headers, one error shape. */
export async function createServer(options: { log: Log; trustProxy: string | undefined; tls?: ServerOptions | undefined }): Promise<Server> {
  const server = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: options.trustProxy ?? false,
    bodyLimit: limits.jsonBodyBytesMax,
    requestTimeout: limits.uploadTimeoutMs,
    // Who is being answered is answered to the end; `drainServer` says for how long.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    ...(options.tls === undefined ? {} : { https: options.tls }),
  }) as unknown as Server
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.addHook('onRoute', (route) => {
    if (route.config?.access === undefined && route.method !== 'HEAD') throw new Error(`route ${String(route.method)} ${route.url} does not say who may use it: add config.access`)
  })
  server.addHook('onRequest', setSecurityHeaders)
  server.addHook('onResponse', (request, reply, done) => {
    const level = reply.statusCode >= 500 ? 'error' : 'debug'
    request.log[level]({ method: request.method, path: request.url.split('?')[0], status: reply.statusCode, duration_ms: Math.round(reply.elapsedTime) }, 'answered')
    done()
  })
  server.decorate('eventStreams', new Set<EventStream>())
  server.addHook('preClose', (done) => {
    for (const stream of server.eventStreams) stream.end()
    done()
  })
  await server.register(cookie)
  await server.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: 4, fields: limits.uploadFieldsMax, fieldSize: limits.uploadFieldBytesMax, fieldNameSize: 100, parts: limits.uploadFieldsMax + 4, fileSize: limits.videoBytesMax + 1 },
  })
  server.removeContentTypeParser('text/plain')
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body as string)))
  })
  server.setNotFoundHandler({ preHandler: undefined }, () => {
    throw toAppError({ statusCode: 404 })
  })
  return server
}

/** Takes no new connection, ends event streams, and gives what is being answered `graceMs` to its end; then cuts it off. */
export async function drainServer(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.server.closeAllConnections(), graceMs)
  await server.close()
  clearTimeout(cut)
}
