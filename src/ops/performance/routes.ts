import { z } from 'zod'
import { currentUser } from '../../accounts/accounts.ts'
import type { App } from '../../app.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { describeHealth } from './details.ts'
import { reportPerformance } from './report.ts'

export const performanceQuery = z.object({
  range: z.enum(['hour', 'day']).default('hour'),
  instance: z.string().max(limits.nameCharsMax).optional(),
})
const profileBody = z.object({ seconds: z.coerce.number().int().min(1).max(limits.cpuProfileSecondsMax).default(10) })

/** For administrators: how it has been, how it is, and what it is doing. */
export function performanceRoutes(app: App, server: Server): void {
  const { ops } = app
  server.get('/api/ops/performance', { config: { access: 'admin' }, schema: { querystring: performanceQuery } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return await reply.send(await reportPerformance(app, ops.sampler, { range: request.query.range, instance: request.query.instance || null }))
  })

  server.get('/api/ops/health', { config: { access: 'admin' } }, async (_request, reply) =>
    await reply.header('cache-control', 'no-store').send(await describeHealth(app)))

  server.post('/api/ops/profile/cpu', { config: { access: 'admin' }, schema: { body: profileBody.nullish() } }, async (request, reply) => {
    const { seconds } = request.body ?? profileBody.parse({})
    const leaving = new AbortController()
    reply.raw.once('close', () => leaving.abort())
    request.log.warn({ audit: 'cpu_profile', user: currentUser(request).email, seconds }, 'an administrator profiles this process')
    const profile = await ops.profiler.profileCpu(seconds, leaving.signal)
    return await reply.headers({ 'cache-control': 'no-store', 'x-instance': ops.sampler.instance(), ...asDownload(app, 'cpuprofile') }).type('application/json').send(profile)
  })

  server.post('/api/ops/profile/heap', { config: { access: 'admin' } }, async (request, reply) => {
    request.log.warn({ audit: 'heap_snapshot', user: currentUser(request).email }, 'an administrator takes a picture of this process’s memory')
    const snapshot = ops.profiler.snapshotHeap()
    return await reply.headers({ 'cache-control': 'no-store', 'x-instance': ops.sampler.instance(), ...asDownload(app, 'heapsnapshot') }).type('application/octet-stream').send(snapshot)
  })
}

function asDownload(app: App, extension: string): Record<string, string> {
  const name = `arv-${app.ops.sampler.instance()}-${new Date().toISOString().slice(0, 19)}`.replace(/[^\w.-]/g, '-')
  return { 'content-disposition': `attachment; filename="${name}.${extension}"` }
}
