import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { isBot, readAppDevice, readDevice } from './devices.ts'
import type { VisitRecord } from './queries.ts'
import type { VisitInput } from './schema.ts'

export { analyticsJobs, planMonthsLater } from './jobs.ts'
export { getStatistics } from './statistics.ts'
export type { Subject } from './statistics.ts'
export { findSubject } from './subject.ts'
export { openVisits } from './visits.ts'
export type { Visits } from './visits.ts'

type Recording = Pick<App, 'visits'>

const nothing: Omit<VisitRecord, 'kind' | 'id' | 'source'> = {
  contentId: null, uniqueId: null, videoId: null, startedAt: null, camera: null, timeToLockMs: null, lockCount: 0, durationMs: 0, watchedMs: 0,
  watchedWithoutCamera: false, videoPlayed: false, buttonClicks: 0, trackingQuality: null, deviceType: null, deviceModel: null, os: null, browser: null,
}

/** Records the newest report of a web visit; durable when it resolves. Errors: `not_found`, `overloaded`. */
export async function recordVisit({ visits }: Recording, visit: VisitInput, userAgent: string): Promise<void> {
  if (isBot(userAgent)) return
  const result = await visits.record({
    ...nothing, ...readDevice(userAgent), kind: 'report', id: visit.visit_id, source: 'web', uniqueId: visit.unique_id, videoId: visit.video_id,
    startedAt: visit.started_at, camera: visit.camera, timeToLockMs: visit.time_to_lock_ms, lockCount: visit.lock_count, durationMs: visit.duration_ms,
    watchedMs: visit.watched_ms, watchedWithoutCamera: visit.watched_without_camera, videoPlayed: visit.video_played, buttonClicks: visit.button_clicks,
  })
  if (result === 'missing') throw new AppError('not_found')
}

/** Counts an app's fetch of the manifest as a visit of its own; robots and monitors are no visitors. Errors: `overloaded`. */
export async function countManifestVisit({ visits }: Recording, contentId: number, videoId: number, userAgent: string): Promise<void> {
  if (isBot(userAgent)) return
  const { deviceType, os } = readDevice(userAgent)
  await visits.record({ ...nothing, kind: 'new', id: randomUUID(), source: 'app', contentId, videoId, startedAt: null, deviceType, os })
}

export interface AppSession {
  id: string
  contentId: number
  deviceType: string | null
  deviceModel: string | null
  os: string | null
}

/** Opens an app's session; opening it again changes nothing. Returns whether it is new. Errors: `not_found`, `overloaded`. */
export async function openAppSession({ visits }: Recording, session: AppSession): Promise<boolean> {
  const result = await visits.record({ ...nothing, ...session, ...readAppDevice(session.deviceType, session.os), kind: 'open', source: 'app' })
  if (result === 'missing') throw new AppError('not_found')
  return result === 'created'
}

export interface AppReport {
  id: string
  durationSeconds: number | null
  videoPlayed: boolean | null
  trackingQuality: string | null
}

/** Adds what an app tells later. Errors: `not_found`, `overloaded`. */
export async function updateAppSession({ visits }: Recording, { id, durationSeconds, videoPlayed, trackingQuality }: AppReport): Promise<void> {
  const durationMs = Math.round((durationSeconds ?? 0) * 1000)
  const result = await visits.record({ ...nothing, kind: 'update', id, source: 'app', durationMs, videoPlayed: videoPlayed ?? false, trackingQuality })
  if (result === 'missing') throw new AppError('not_found')
}
