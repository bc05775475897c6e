import { z } from 'zod'
import type { App } from '../app.ts'
import { findByLink } from '../content/content.ts'
import { AppError } from '../errors.ts'
import type { Server } from '../lib/http/server.ts'
import { openAppSession, recordVisit, updateAppSession } from './analytics.ts'
import { appAnalyticsAnswer, appAnalyticsBody, appSessionAnswer, appSessionBody, visitReport } from './schema.ts'

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
