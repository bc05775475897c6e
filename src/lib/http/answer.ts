import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppError } from '../../errors.ts'
import { errorWords } from '../../words/words.ts'
import type { Assets } from '../assets/assets.ts'
import { errorPage } from '../html/error.ts'
import { readPageContext, sendPage } from './context.ts'
import { toAppError } from './failures.ts'
import { readLanguage } from './language.ts'
import type { Server } from './server.ts'

/** Answers every error in the one shape: JSON for programs, a page for people. What is ours to mend only shows a number. */
export function answerErrors(server: Server, assets: Assets): void {
  server.setErrorHandler(async (thrown, request, reply) => {
    const error = toAppError(thrown)
    if (error.report) request.log.error({ err: error, path: request.url.split('?')[0] }, error.code)
    else request.log.debug({ err: error }, error.code)
    if (error.status === 503) reply.header('retry-after', '5')
    if (error.status === 429) reply.header('retry-after', String(Number(error.details?.minutes ?? 1) * 60))
    if (error.status === 401) reply.header('www-authenticate', 'Bearer')
    reply.code(error.status).header('cache-control', 'no-store')
    return wantsPage(request) ? await answerPage(error, request, reply, assets) : await answerJson(error, request, reply)
  })
}

async function answerJson(error: AppError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const message = describe(error, request)
  return await reply.type('application/json; charset=utf-8').serializer((body: unknown) => JSON.stringify(body))
    .send({ error: { code: error.code, message, details: error.status >= 500 ? undefined : error.details, requestId: request.id } })
}

async function answerPage(error: AppError, request: FastifyRequest, reply: FastifyReply, assets: Assets): Promise<FastifyReply> {
  const context = readPageContext(request, assets)
  return await sendPage(request, reply, errorPage(context, { status: error.status, message: describe(error, request), requestId: request.id }))
}

function describe(error: AppError, request: FastifyRequest): string {
  return errorWords(readLanguage(request), error.code, { ...error.details, requestId: request.id, method: request.method })
}

function wantsPage(request: FastifyRequest): boolean {
  if (request.routeOptions.config?.page === true) return true
  return !request.url.startsWith('/api/') && (request.headers.accept ?? '').includes('text/html')
}
