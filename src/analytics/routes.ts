import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { findByLink } from '../content/content.ts'
import { AppError } from '../errors.ts'
import type { Server } from '../lib/http/server.ts'
import { findSubject, getStatistics, openAppSession, recordVisit, updateAppSession } from './analytics.ts'
import type { Subject } from './analytics.ts'
import { writeCsv } from './csv.ts'
import { appAnalyticsAnswer, appAnalyticsBody, appSessionAnswer, appSessionBody, statisticsQuery, statisticsView, visitReport } from './schema.ts'

export function analyticsRoutes(app: App, server: Server): void {
  server.post('/api/viewer/visits', { config: { access: 'guest' }, schema: { body: visitReport, response: { 204: z.null() } } }, async (request, reply) => {
    await recordVisit(app, request.body, request.headers['user-agent'] ?? '')
    return reply.code(204).send(null)
  })

  server.post('/api/mobile/sessions', { config: { access: 'guest' }, schema: { body: appSessionBody, response: { 200: appSessionAnswer } } }, async (request) => {
    const { ar_content_unique_id, session_id, device_type, device_model, os } = request.body
    const found = await findByLink(app, ar_content_unique_id)
    if (found === 'invalid') throw new AppError('invalid_id', { details: { id: ar_content_unique_id } })
    if (found === undefined) throw new AppError('not_found')
    const isNew = await openAppSession(app, { id: session_id, contentId: found.content.id, deviceType: device_type, deviceModel: device_model, os })
    return { status: isNew ? ('created' as const) : ('exists' as const), session_id }
  })

  server.post('/api/mobile/analytics', { config: { access: 'guest' }, schema: { body: appAnalyticsBody, response: { 200: appAnalyticsAnswer } } }, async (request) => {
    const { session_id, duration_seconds, video_played, tracking_quality } = request.body
    await updateAppSession(app, { id: session_id, durationSeconds: duration_seconds ?? null, videoPlayed: video_played ?? null, trackingQuality: tracking_quality })
    return { status: 'updated' as const, session_id }
  })
}

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const query = statisticsQuery.extend({ format: z.enum(['json', 'csv']).default('json') })
type Asking = FastifyRequest<{ Querystring: z.infer<typeof query> }>

/** What visits tell, as JSON or CSV, to whoever may see the company. */
export function statisticsRoutes(app: App, server: Server): void {
  const response = { 200: z.union([statisticsView, z.string()]) }
  const answer = async (request: Asking, reply: FastifyReply, subject: Subject) => {
    const { format, ...asked } = request.query
    const statistics = await getStatistics(app, subject, asked)
    reply.header('cache-control', 'private, no-cache')
    if (format === 'json') return statistics
    reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="visits-${statistics.from}-${statistics.to}.csv"`)
    return await reply.serializer(String).send(writeCsv(statistics))
  }
  server.get('/api/analytics/platform', { config: { access: 'admin' }, schema: { querystring: query, response } }, async (request, reply) =>
    await answer(request, reply, { name: 'platform', id: 0, companyId: null }))
  server.get('/api/analytics/companies/:id', { config: { access: 'viewer' }, schema: { params: idParams, querystring: query, response } }, async (request, reply) =>
    await answer(request, reply, await findSubject(app, currentUser(request), 'company', request.params.id)))
  server.get('/api/analytics/projects/:id', { config: { access: 'viewer' }, schema: { params: idParams, querystring: query, response } }, async (request, reply) =>
    await answer(request, reply, await findSubject(app, currentUser(request), 'project', request.params.id)))
  server.get('/api/analytics/content/:id', { config: { access: 'viewer' }, schema: { params: idParams, querystring: query, response } }, async (request, reply) =>
    await answer(request, reply, await findSubject(app, currentUser(request), 'content', request.params.id)))
}
