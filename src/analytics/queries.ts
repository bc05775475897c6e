import { sql } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import type { VisitInput } from './schema.ts'

export interface Device {
  deviceType: string | null
  os: string | null
  browser: string | null
}

/**
 * Writes the newest report of a web visit in one statement; numbers only grow, so reports may come late, twice or out
 * of order. Returns false when there is no such content.
 */
export async function upsertVisit(db: Db, visit: VisitInput, device: Device): Promise<boolean> {
  const result = await sql`
    insert into visits (id, ar_content_id, video_id, source, started_at, camera, time_to_lock_ms, lock_count, duration_ms, watched_ms,
      watched_without_camera, video_played, device_type, os, browser)
    select ${visit.visit_id}::uuid, c.id, (select v.id from videos v where v.id = ${visit.video_id}::bigint and v.ar_content_id = c.id), 'web',
      -- The guest's clock may be wrong by years: no visit began in the future or more than a day ago.
      greatest(least(${visit.started_at}::timestamptz, now()), now() - interval '1 day'), ${visit.camera}::text, ${visit.time_to_lock_ms}::int,
      ${visit.lock_count}::int, ${visit.duration_ms}::int, ${visit.watched_ms}::int, ${visit.watched_without_camera}::boolean, ${visit.video_played}::boolean,
      ${device.deviceType}::text, ${device.os}::text, ${device.browser}::text
    from ar_content c where c.unique_id = ${visit.unique_id}::uuid
    on conflict (id) do update set
      -- A camera that was refused at first may be allowed later; once granted it stays so.
      camera = case when 'granted' in (visits.camera, excluded.camera) then 'granted' else coalesce(visits.camera, excluded.camera) end,
      time_to_lock_ms = coalesce(visits.time_to_lock_ms, excluded.time_to_lock_ms),
      video_id = coalesce(visits.video_id, excluded.video_id),
      lock_count = greatest(visits.lock_count, excluded.lock_count),
      duration_ms = greatest(visits.duration_ms, excluded.duration_ms),
      watched_ms = greatest(visits.watched_ms, excluded.watched_ms),
      watched_without_camera = visits.watched_without_camera or excluded.watched_without_camera,
      video_played = visits.video_played or excluded.video_played,
      updated_at = now()
    where visits.ar_content_id = excluded.ar_content_id`.execute(db)
  return (result.numAffectedRows ?? 0n) > 0n
}

/** Counts a manifest that an app fetched, before the app reports more of the same visit. */
export async function insertAppVisit(db: Db, visit: { id: string; contentId: number; videoId: number | null; deviceType: string | null; deviceModel: string | null; os: string | null }): Promise<boolean> {
  const row = await db
    .insertInto('visits')
    .values({ id: visit.id, arContentId: visit.contentId, videoId: visit.videoId, source: 'app', deviceType: visit.deviceType, deviceModel: visit.deviceModel, os: visit.os })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function updateAppVisit(db: Db, visit: { id: string; durationMs: number | null; videoPlayed: boolean | null; trackingQuality: string | null }): Promise<boolean> {
  const row = await db
    .updateTable('visits')
    .set({
      durationMs: sql<number>`greatest(duration_ms, ${visit.durationMs ?? 0}::int)`,
      videoPlayed: sql<boolean>`video_played or ${visit.videoPlayed ?? false}::boolean`,
      trackingQuality: sql<string | null>`coalesce(${visit.trackingQuality}::text, tracking_quality)`,
      updatedAt: sql<Date>`now()`,
    })
    .where('id', '=', visit.id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function countVisits(db: Db, contentId: number): Promise<number> {
  const row = await db.selectFrom('visits').select((expression) => expression.fn.countAll<number>().as('total')).where('arContentId', '=', contentId).executeTakeFirstOrThrow()
  return Number(row.total)
}
