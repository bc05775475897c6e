import { createReadStream } from 'node:fs'
import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { speculationRules, speculationRulesPath } from '../lib/http/context.ts'
import { sendFile } from '../lib/http/file.ts'
import type { Server } from '../lib/http/server.ts'
import { forEver } from '../lib/http/shared.ts'
import { limits } from '../limits.ts'
import { allowMetrics } from './access.ts'
import { performanceRoutes } from './performance/routes.ts'

const assetParams = z.object({ name: z.string().max(200) })
const flushBody = z.object({ tags: z.array(z.string().min(1).max(limits.cacheTagCharsMax)).min(1).max(limits.cacheTagsPerFlushMax) })

export function opsRoutes(app: App, server: Server): void {
  server.get('/health/live', { config: { access: 'guest', always: true } }, (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }))

  server.get('/health/ready', { config: { access: 'guest', always: true } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    const { ready, checks } = await app.ops.health.check()
    if (ready) return { status: 'ready' }
    throw new AppError('not_ready_yet', { details: { failed: checks.filter((check) => check.status === 'failed').map((check) => check.name) } })
  })

  server.get('/metrics', { config: { access: 'guest' } }, async (request, reply) => {
    await allowMetrics(app, request, reply)
    return await reply.type(app.ops.metrics.contentType).header('cache-control', 'no-store').send(await app.ops.metrics.text())
  })

  server.get('/assets/:name', { config: { access: 'guest' }, schema: { params: assetParams } }, async (request, reply) => {
    const asset = app.assets.find(request.params.name, request.headers['accept-encoding'])
    if (asset === undefined) throw new AppError('not_found')
    reply.headers({ 'cache-control': forEver, vary: 'accept-encoding', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
    if (asset.encoding !== null) reply.header('content-encoding', asset.encoding)
    const etag = `"${request.params.name}${asset.encoding === null ? '' : `-${asset.encoding}`}"`
    return await sendFile(request, reply, { size: asset.bytes, etag, contentType: asset.contentType, read: (range) => createReadStream(asset.path, range) })
  })

  server.get(speculationRulesPath, { config: { access: 'guest' } }, (_request, reply) =>
    reply.type('application/speculationrules+json').header('cache-control', 'public, max-age=3600').serializer(JSON.stringify).send(speculationRules))

  cacheRoutes(app, server)
  performanceRoutes(app, server)
}

/** What the cache of this instance does, and how to empty all of them by tag. */
function cacheRoutes(app: App, server: Server): void {
  server.get('/api/ops/cache', { config: { access: 'admin' } }, (_request, reply) => reply.header('cache-control', 'no-store').send(app.cache.stats()))

  server.post('/api/ops/cache/flush', { config: { access: 'admin' }, schema: { body: flushBody, response: { 204: z.null() } } }, async (request, reply) => {
    await app.cache.invalidate(request.body.tags)
    return reply.code(204).send(null)
  })
}
