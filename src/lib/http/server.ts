import { randomUUID } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { withOneConnection } from '../db/db.ts'
import type { Log } from '../log.ts'
import type { EventStream } from './events.ts'
import type { Span, Tracer } from '../telemetry/tracing.ts'
import { noEndpoint } from '../telemetry/requests.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { answerUnrouted } from './answer.ts'
import { createAnswers } from './answered.ts'
import type { Answers } from './answered.ts'
import { answerBrokenRequest } from './broken.ts'
import { finishAnswer } from './finish.ts'
import { createSecurityHook } from './headers.ts'
import { createMethods } from './methods.ts'
import { watchLoad } from './overload.ts'
import type { Load } from './overload.ts'
import { limitRates } from './rates.ts'
import type { RateClass } from './rates.ts'

export type Server = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, ZodTypeProvider>

/**
 * Who may call a route; every route must say. `guest`: everybody. `signed-in`: any account. `viewer`, `editor`, `manager`: that
 * role in a company, or a higher one. `admin`: the platform's administrators. `person`: any account, about itself, and only by
 * a session: an API token may not change who can sign in.
 */
export type Access = 'guest' | 'signed-in' | 'viewer' | 'editor' | 'manager' | 'admin' | 'person'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** A page sends people to sign in; an API answers 401. */
    page?: boolean
    /** What the limit per minute counts it as; by method and access unless told. */
    rate?: RateClass
    /** Answered however busy we are: monitors must see that we live. */
    always?: boolean
    /** Answers wait for their readers, not for us, and don't count as work. */
    waits?: boolean
  }
  interface FastifyInstance {
    /** Hears of every answer, also of those that never reached Fastify. */
    answers: Answers
    load: Load
  }
  interface FastifyInstance {
    /** Those that are open; they end when the server closes. */
    eventStreams: Set<EventStream>
  }
}

/** One route as it was registered, for those who check all of them. */
export interface RegisteredRoute {
  method: string
  url: string
  access: Access
}

const registered = new WeakMap<object, RegisteredRoute[]>()

/** Every route of a server; HEAD, which comes with GET, aside. */
export function listRoutes(server: Server): readonly RegisteredRoute[] {
  return registered.get(server) ?? []
}

export interface ServerSettings {
  log: Log
  telemetry: Telemetry
  trustProxy: string | undefined
  tls?: ServerOptions | undefined
  redisUrl?: string | undefined
  /** Another host that serves our files. */
  cdnUrl?: string | undefined
}

/** A Fastify server with our edges: schemas by zod, limits, cookies, multipart, security headers, one error shape. */
export async function createServer(options: ServerSettings): Promise<Server> {
  const server = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: options.trustProxy ?? false,
    bodyLimit: limits.jsonBodyBytesMax,
    requestTimeout: limits.uploadTimeoutMs,
    // Longer than a proxy keeps its connections to us, so that it is never the one whose request meets a closing door.
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.connectionIdleTimeoutMs,
    // Who is being answered is answered to the end; `drainServer` says for how long.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => void answerUnrouted(error, request as FastifyRequest, reply as unknown as FastifyReply),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    ...(options.tls === undefined ? { http: timeouts } : { https: { ...timeouts, ...options.tls } }),
  }) as unknown as Server
  const methods = createMethods()
  server.decorate('answers', createAnswers())
  server.decorate('load', watchLoad(server.server))
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  const routes: RegisteredRoute[] = []
  registered.set(server, routes)
  server.addHook('onRoute', (route) => {
    methods.learn(route)
    const access = route.config?.access
    for (const method of [route.method].flat().filter((name) => name !== 'HEAD')) {
      if (access === undefined) throw new Error(`route ${method} ${route.url} does not say who may use it: add config.access`)
      routes.push({ method, url: route.url, access })
    }
  })
  server.addHook('onRequest', (_request, _reply, done) => withOneConnection(done))
  server.addHook('onRequest', createSecurityHook(options.cdnUrl ?? ''))
  watchRequests(server, options)
  if (options.telemetry.tracer !== undefined) traceRequests(server, options.telemetry.tracer)
  server.addHook('onSend', finishAnswer)
  server.decorate('eventStreams', new Set<EventStream>())
  server.addHook('preClose', (done) => {
    for (const stream of server.eventStreams) stream.end()
    done()
  })
  await limitRates(server, options.redisUrl)
  await server.register(cookie)
  await server.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: 4, fields: limits.uploadFieldsMax, fieldSize: limits.uploadFieldBytesMax, fieldNameSize: 100, parts: limits.uploadFieldsMax + 4, fileSize: limits.videoBytesMax + 1 },
  })
  server.removeContentTypeParser('text/plain')
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body as string)))
  })
  server.setNotFoundHandler({ preHandler: undefined }, (request) => {
    const allowed = methods.find(request.url.split('?')[0])
    if (allowed.length > 0 && !allowed.includes(request.method)) throw new AppError('method_not_allowed', { details: { method: request.method, allowed: allowed.join(', ') } })
    throw new AppError('not_found')
  })
  return server
}

const timeouts = { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: limits.headersTimeoutMs / 4 }

/** Counts requests while they are answered, refuses those that would make all others late, and tells of every answer. */
function watchRequests(server: Server, { log, telemetry }: ServerSettings): void {
  const { requests } = telemetry
  telemetry.process.watchConnections(server.server)
  server.answers.listen(({ method, endpoint, status, durationMs }) => requests.of(method, endpoint).record(status, durationMs))
  server.addHook('onRequest', (request, reply, done) => {
    requests.inFlight++
    reply.raw.once('close', () => requests.inFlight--)
    if (request.routeOptions.config?.waits !== true) {
      server.load.begin()
      // Also when the reader goes away before the answer is there.
      reply.raw.once('close', () => server.load.end())
    }
    if (request.url.length > limits.urlCharsMax) throw new AppError('address_too_long', { details: { limit: limits.urlCharsMax } })
    if (request.routeOptions.config?.always !== true) server.load.check()
    done()
  })
  server.addHook('onResponse', (request, reply, done) => {
    const level = reply.statusCode >= 500 ? 'error' : 'debug'
    if (log.isLevelEnabled(level)) request.log[level]({ method: request.method, path: request.url.split('?', 1)[0], status: reply.statusCode, duration_ms: Math.round(reply.elapsedTime) }, 'answered')
    const [method, endpoint] = request.is404 ? [noEndpoint, noEndpoint] : [request.method, request.routeOptions.url ?? noEndpoint]
    server.answers.tell({ method, endpoint, status: reply.statusCode, durationMs: reply.elapsedTime })
    done()
  })
}

/** Takes no new connection, ends event streams, and gives what is being answered `graceMs` to its end; then cuts it off. */
export async function drainServer(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.server.closeAllConnections(), graceMs)
  await server.close()
  clearTimeout(cut)
}

/** Every request is a span, under which its queries and calls stand; `traceparent` ties it to whoever asked. */
function traceRequests(server: Server, tracer: Tracer): void {
  const spans = new WeakMap<object, Span>()
  server.addHook('onRequest', (request, _reply, done) => {
    const { traceparent } = request.headers
    const span = tracer.begin(request.method, 'server', typeof traceparent === 'string' ? traceparent : undefined)
    spans.set(request, span)
    tracer.within(span, done)
  })
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)
    const route = request.routeOptions.url ?? noEndpoint
    if (span !== undefined) {
      tracer.end(span, {
        name: `${request.method} ${route}`, error: reply.statusCode >= 500 ? `status ${reply.statusCode}` : undefined,
        attributes: { 'http.request.method': request.method, 'http.route': route, 'http.response.status_code': reply.statusCode, 'arv.request_id': request.id },
      })
    }
    done()
  })
}
