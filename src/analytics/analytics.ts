import { randomUUID } from 'node:crypto'
import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import * as queries from './queries.ts'
import type { Device } from './queries.ts'
import type { VisitInput } from './schema.ts'

export { countVisits } from './queries.ts'

/** Records the newest report of a web visit. Errors: `not_found`. */
export async function recordVisit(db: Db, visit: VisitInput, userAgent: string): Promise<void> {
  if (isBot(userAgent)) return
  if (!(await queries.upsertVisit(db, visit, readDevice(userAgent)))) throw new AppError('not_found')
}

/** Counts an app's fetch of the manifest as a visit of its own; robots and monitors are no visitors. */
export async function countManifestVisit(db: Db, contentId: number, videoId: number, userAgent: string): Promise<void> {
  if (isBot(userAgent)) return
  const device = readDevice(userAgent)
  await queries.insertAppVisit(db, { id: randomUUID(), contentId, videoId, deviceType: device.deviceType, deviceModel: null, os: device.os })
}

/** Opens an app's session; opening it again changes nothing. Returns whether it is new. */
export async function openAppSession(db: Db, session: { id: string; contentId: number; deviceType: string | null; deviceModel: string | null; os: string | null }): Promise<boolean> {
  return await queries.insertAppVisit(db, { ...session, videoId: null })
}

/** Adds what an app tells later. Errors: `not_found`. */
export async function updateAppSession(db: Db, session: { id: string; durationSeconds: number | null; videoPlayed: boolean | null; trackingQuality: string | null }): Promise<void> {
  const durationMs = session.durationSeconds === null ? null : Math.round(session.durationSeconds * 1000)
  if (!(await queries.updateAppVisit(db, { ...session, durationMs }))) throw new AppError('not_found')
}

function isBot(userAgent: string): boolean {
  return /bot\b|crawl|spider|slurp|preview|facebookexternalhit|headlesschrome-prerender|lighthouse/i.test(userAgent)
}

/** Rough classes only: enough for a chart, too little to recognise anybody. */
function readDevice(userAgent: string): Device {
  const tablet = /ipad|tablet|android(?!.*mobile)/i.test(userAgent)
  const phone = /iphone|android.*mobile|mobile/i.test(userAgent)
  const systems: [RegExp, string][] = [[/iphone|ipad|ios/i, 'iOS'], [/android/i, 'Android'], [/windows/i, 'Windows'], [/mac os x|macintosh/i, 'macOS'], [/linux/i, 'Linux']]
  const browsers: [RegExp, string][] = [[/yabrowser/i, 'Yandex'], [/samsungbrowser/i, 'Samsung'], [/edg/i, 'Edge'], [/firefox|fxios/i, 'Firefox'], [/chrome|crios|chromium/i, 'Chrome'], [/safari/i, 'Safari']]
  const match = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null
  return { deviceType: tablet ? 'tablet' : phone ? 'phone' : userAgent === '' ? null : 'desktop', os: match(systems), browser: match(browsers) }
}
