import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppError, ErrorDetails } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { errorWords } from '../../words/words.ts'
import type { Assets } from '../assets/assets.ts'
import { errorPage } from '../html/error.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { readPageContext, sendPage } from './context.ts'
import { toAppError } from './failures.ts'
import { readLanguage } from './language.ts'
import { problemWords } from './problems.ts'
import type { Server } from './server.ts'

/** Answers every error in the one shape: JSON for programs, a page for people. What is ours to mend only shows a number. */
export function answerErrors(server: Server, assets: Assets, telemetry: Telemetry): void {
  const { errors } = telemetry.requests
  server.setErrorHandler(async (thrown, request, reply) => {
    const error = toAppError(thrown)
    errors.set(error.code, (errors.get(error.code) ?? 0) + 1)
    if (error.report) {
      request.log.error({ err: error, path: request.url.split('?')[0] }, error.code)
      telemetry.reportError(error, { code: error.code, route: request.routeOptions.url ?? '', method: request.method, request_id: request.id })
    } else request.log.debug({ err: error }, error.code)
    if (error.status === 503 || error.status === 429) reply.header('retry-after', String(waitSeconds(error)))
    if (error.status === 405) reply.header('allow', String(error.details?.allowed))
    if (error.status === 401) reply.header('www-authenticate', 'Bearer')
    reply.code(error.status).header('cache-control', 'no-store')
    return wantsPage(request) ? await answerPage(error, request, reply, assets) : await answerJson(error, request, reply)
  })
}

/** Answers what Fastify could not even route, where none of the hooks of a route run. */
export function answerUnrouted(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toAppError(thrown)
  const body = JSON.stringify({ error: { code: error.code, message: describe(error, request), requestId: request.id } })
  reply.code(error.status).headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': request.id })
  reply.hijack()
  reply.raw.writeHead(error.status, { ...(reply.getHeaders() as Record<string, string>), 'content-length': Buffer.byteLength(body) }).end(body)
}

async function answerJson(error: AppError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const message = describe(error, request)
  // Whoever was to be sent something else (a page, a file) is told in the language of programs now.
  reply.removeHeader('content-encoding')
  return await reply.type('application/json; charset=utf-8').serializer((body: unknown) => JSON.stringify(body))
    .send({ error: { code: error.code, message, details: error.status >= 500 ? undefined : error.details, requestId: request.id } })
}

async function answerPage(error: AppError, request: FastifyRequest, reply: FastifyReply, assets: Assets): Promise<FastifyReply> {
  const context = readPageContext(request, assets)
  return await sendPage(request, reply, errorPage(context, { status: error.status, message: describe(error, request), requestId: request.id }))
}

function describe(error: AppError, request: FastifyRequest): string {
  const language = readLanguage(request)
  const details: ErrorDetails = { ...error.details, requestId: request.id, method: request.method }
  if (error.code === 'invalid_input') details.problem ??= problemWords(language, details)
  // The value that came, not the name of its place.
  if (error.code === 'invalid_id') details.id ??= (request.params as Record<string, string> | undefined)?.[String(details.field)]
  return errorWords(language, error.code, details)
}

/** How long the client should wait before it tries again. */
function waitSeconds({ details }: AppError): number {
  return Number(details?.seconds ?? Number(details?.minutes ?? 0) * 60) || limits.overloadRetrySeconds
}

function wantsPage(request: FastifyRequest): boolean {
  if (request.routeOptions.config?.page === true) return true
  return !request.url.startsWith('/api/') && (request.headers.accept ?? '').includes('text/html')
}
