import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest, RouteOptions } from 'fastify'
import { Redis } from 'ioredis'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Server } from './server.ts'

/** What is counted per minute: tries to sign in by address; uploads and other changes by account. Guests are not counted. */
export type RateClass = 'sign-in' | 'upload' | 'write' | 'none'

const perMinute: Record<Exclude<RateClass, 'none'>, number> = {
  'sign-in': limits.signInsPerMinuteMax,
  upload: limits.uploadsPerMinuteMax,
  write: limits.writesPerMinuteMax,
}

const minuteMs = 60_000

/**
 * Counts in Redis when there is one, so that all instances count together. While it is away nothing is refused: the lock on an account
 * after wrong passwords stands in the database.
 */
export async function limitRates(server: Server, redisUrl: string | undefined): Promise<void> {
  const redis = redisUrl === undefined ? undefined : new Redis(redisUrl, {
    enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: limits.redisTimeoutMs, connectTimeout: limits.redisConnectTimeoutMs,
    retryStrategy: (attempt) => Math.min(attempt * 100, limits.redisReconnectMaxMs),
  })
  redis?.on('error', (error) => server.log.debug({ err: error as Error }, 'rates are not counted: no Redis'))
  server.addHook('onClose', () => redis?.disconnect())
  server.addHook('onRoute', (route) => {
    const rate = classOf(route)
    if (rate !== 'none') (route.config as Record<string, unknown>).rateLimit = { max: perMinute[rate], groupId: rate, hook: rate === 'sign-in' ? 'onRequest' : 'preHandler' }
  })
  await server.register(rateLimit, {
    global: false,
    timeWindow: minuteMs,
    cache: limits.rateKeysMax,
    skipOnError: true,
    keyGenerator: (request) => accountOf(request) ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) => new AppError('too_many_requests', { details: { seconds: Math.max(1, Math.ceil(ttl / 1000)) } }),
    ...(redis === undefined ? {} : { redis, nameSpace: 'arv:rates:' }),
  })
}

function classOf(route: RouteOptions): RateClass {
  const { access, rate } = route.config ?? {}
  if (rate !== undefined) return rate
  const isRead = [route.method].flat().every((method) => ['GET', 'HEAD', 'OPTIONS'].includes(method))
  return isRead || access === 'guest' ? 'none' : 'write'
}

function accountOf(request: FastifyRequest & { user?: { id: number } }): string | undefined {
  return request.user === undefined ? undefined : `account ${request.user.id}`
}
