import { z } from 'zod'
import type { App } from '../../app.ts'
import { readPageContext, sendPage } from '../../lib/http/context.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { cachePage } from '../views/cache.ts'
import { healthPage } from '../views/health.ts'
import { overviewPage } from '../views/overview.ts'
import { profilePage } from '../views/profile.ts'
import { describeHealth } from './details.ts'
import { reportPerformance } from './report.ts'
import { performanceQuery } from './routes.ts'

const cacheQuery = z.object({ flushed: z.string().max(limits.uploadFieldBytesMax).optional().catch(undefined), wrong: z.string().optional() })
const flushForm = z.object({ tags: z.string().max(limits.uploadFieldBytesMax).default('') })
const config = { access: 'admin', page: true } as const

/** The performance pages, for administrators. */
export function performancePages(app: App, server: Server): void {
  server.get('/admin/performance', { config, schema: { querystring: performanceQuery.catch({ range: 'hour' }) } }, async (request, reply) => {
    const report = await reportPerformance(app, app.ops.sampler, { range: request.query.range, instance: request.query.instance || null })
    const refreshSeconds = limits.sampleMs / 1000
    return await sendPage(request, reply, overviewPage(readPageContext(request, app.assets), { report, refreshSeconds }))
  })

  server.get('/admin/performance/cache', { config, schema: { querystring: cacheQuery } }, async (request, reply) =>
    await sendPage(request, reply, cachePage(readPageContext(request, app.assets), {
      stats: app.cache.stats(), flushed: request.query.flushed ?? null, isWrong: request.query.wrong !== undefined,
    })))

  server.post('/admin/performance/cache/flush', { config, schema: { body: flushForm } }, async (request, reply) => {
    const tags = request.body.tags.split(/[\s,]+/).filter((tag) => tag !== '')
    const isWrong = tags.length === 0 || tags.length > limits.cacheTagsPerFlushMax || tags.some((tag) => tag.length > limits.cacheTagCharsMax)
    if (isWrong) return await reply.redirect('/admin/performance/cache?wrong=1', 303)
    await app.cache.invalidate(tags)
    return await reply.redirect(`/admin/performance/cache?flushed=${encodeURIComponent(tags.join(' '))}`, 303)
  })

  server.get('/admin/performance/profile', { config }, async (request, reply) => await sendPage(request, reply, profilePage(readPageContext(request, app.assets))))

  server.get('/admin/performance/health', { config }, async (request, reply) =>
    await sendPage(request, reply, healthPage(readPageContext(request, app.assets), await describeHealth(app))))
}
