import { sql } from '../lib/db/db.ts'
import type { Db, Trx } from '../lib/db/db.ts'

/**
 * `report`: the newest word of a visit, which it may begin. `open`: begins one, or changes nothing. `new`: begins one whose id was made just
 * now. `update`: only of one that is there.
 */
export type RecordKind = 'report' | 'open' | 'new' | 'update'

/** What is told of a visit. Null and 0 add nothing to what is known. */
export interface VisitRecord {
  kind: RecordKind
  id: string
  /** By number or by link; an update needs neither. */
  contentId: number | null
  uniqueId: string | null
  videoId: number | null
  source: 'web' | 'app'
  /** ISO 8601, by the guest's clock; null: now. */
  startedAt: string | null
  camera: 'granted' | 'refused' | 'absent' | null
  timeToLockMs: number | null
  lockCount: number
  durationMs: number
  watchedMs: number
  watchedWithoutCamera: boolean
  videoPlayed: boolean
  buttonClicks: number
  trackingQuality: string | null
  deviceType: string | null
  deviceModel: string | null
  os: string | null
  browser: string | null
}

export type RecordResult = 'created' | 'exists' | 'missing'

/** Where a report of a visit that began earlier is looked for at first; nearly all are found there. */
const recentDays = 3

/**
 * Writes what is told of many visits in one statement, which is one transaction: it is durable when this resolves. Each id may occur
 * once. Numbers only grow, so that reports may come late, twice or out of order. Resolves to what became of each, in their order.
 */
export async function recordVisits(db: Db, records: readonly VisitRecord[]): Promise<RecordResult[]> {
  const { rows } = await sql<{ turn: number; result: RecordResult }>`
    with told as materialized (
      select * from rows from (jsonb_to_recordset(${JSON.stringify(records)}::text::jsonb) as (
        "id" uuid, "kind" text, "contentId" bigint, "uniqueId" uuid, "videoId" bigint, "source" text, "startedAt" timestamptz, "camera" text,
        "timeToLockMs" int, "lockCount" int, "durationMs" int, "watchedMs" int, "watchedWithoutCamera" boolean, "videoPlayed" boolean,
        "buttonClicks" int, "trackingQuality" text, "deviceType" text, "deviceModel" text, "os" text, "browser" text)) with ordinality
        as t (id, kind, content_id, unique_id, video_id, source, claimed_at, camera, time_to_lock_ms, lock_count, duration_ms, watched_ms,
          watched_without_camera, video_played, button_clicks, tracking_quality, device_type, device_model, os, browser, turn)
    ), recent as materialized (
      select t.turn, v.id, v.started_at from told t
      join visits v on v.id = t.id and v.started_at > now() - make_interval(days => ${recentDays})
      where t.kind <> 'new'
    ), late as materialized (
      -- A page that slept for days, or an app that knows its session still: looked for in every month.
      select t.turn, v.id, v.started_at from told t
      join visits v on v.id = t.id and v.started_at <= now() - make_interval(days => ${recentDays})
      where (t.kind in ('open', 'update') or t.kind = 'report' and t.claimed_at < now() - interval '1 day')
        and not exists (select from recent r where r.turn = t.turn)
    ), known as materialized (
      select * from recent union all select * from late
    ), placed as materialized (
      -- The guest's clock may be wrong by years: no visit began in the future or more than a day ago.
      select t.*, coalesce(known.started_at, greatest(least(t.claimed_at, now()), now() - interval '1 day')) as begun_at, known.id is not null as is_known
      from told t left join known on known.turn = t.turn
    ), changed as (
      update visits v set
        -- A camera that was refused at first may be allowed later; once granted it stays so.
        camera = case when 'granted' in (v.camera, t.camera) then 'granted' else coalesce(v.camera, t.camera) end,
        time_to_lock_ms = coalesce(v.time_to_lock_ms, t.time_to_lock_ms),
        video_id = coalesce(v.video_id, played.id),
        lock_count = greatest(v.lock_count, t.lock_count),
        duration_ms = greatest(v.duration_ms, t.duration_ms),
        watched_ms = greatest(v.watched_ms, t.watched_ms),
        watched_without_camera = v.watched_without_camera or t.watched_without_camera,
        video_played = v.video_played or t.video_played,
        completed = v.completed or coalesce(t.watched_ms >= 0.9 * played.duration_ms, false),
        button_clicks = greatest(v.button_clicks, t.button_clicks),
        tracking_quality = coalesce(t.tracking_quality, v.tracking_quality),
        updated_at = now()
      from placed t left join videos played on played.id = t.video_id
      where t.is_known and t.kind <> 'open' and v.id = t.id and v.started_at = t.begun_at
        and (t.kind = 'update' or exists (select from ar_content c where c.id = v.ar_content_id and (c.id = t.content_id or c.unique_id = t.unique_id)))
      returning t.turn
    ), added as (
      insert into visits (id, ar_content_id, company_id, project_id, video_id, source, started_at, camera, time_to_lock_ms, lock_count, duration_ms,
        watched_ms, watched_without_camera, video_played, completed, button_clicks, tracking_quality, device_type, device_model, os, browser)
      select t.id, c.id, c.company_id, c.project_id, v.id, t.source, t.begun_at, t.camera, t.time_to_lock_ms, t.lock_count, t.duration_ms, t.watched_ms,
        t.watched_without_camera, t.video_played, coalesce(t.watched_ms >= 0.9 * v.duration_ms, false), t.button_clicks, t.tracking_quality,
        t.device_type, t.device_model, t.os, t.browser
      from placed t
      cross join lateral (
        select c.id, c.company_id, c.project_id from ar_content c where c.id = t.content_id
        union all select c.id, c.company_id, c.project_id from ar_content c where t.content_id is null and c.unique_id = t.unique_id
      ) c
      left join videos v on v.id = t.video_id and v.ar_content_id = c.id
      where not t.is_known and t.kind <> 'update'
      returning id
    )
    select t.turn::int as turn, case when added.id is not null then 'created' when t.is_known and (t.kind = 'open' or changed.turn is not null) then 'exists'
      else 'missing' end as result
    from placed t left join added on added.id = t.id left join changed on changed.turn = t.turn
    order by t.turn`.execute(db)
  return rows.map(({ result }) => result)
}

/** Others that write one of these visits wait until the transaction ends. Always in one order, so that two batches never wait for each other. */
export async function lockVisits(trx: Trx, ids: readonly string[]): Promise<void> {
  const keys = [...new Set(ids.map((id) => id.toLowerCase()))].sort()
  await sql`select pg_advisory_xact_lock(hashtextextended(id, 0)) from jsonb_array_elements_text(${JSON.stringify(keys)}::text::jsonb) with ordinality as k (id, turn) order by turn`.execute(trx)
}

/** Makes the tables of this month and `ahead` more. Returns how many were missing. */
export async function ensureMonths(db: Db, ahead: number): Promise<number> {
  const { rows } = await sql<{ made: boolean }>`select ensure_visit_month(now() + months * interval '1 month') as made from generate_series(0, ${ahead}::int) months`.execute(db)
  return rows.filter(({ made }) => made).length
}
