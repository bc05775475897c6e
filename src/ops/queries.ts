import { sql } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import type { SparseCounts } from '../lib/telemetry/histogram.ts'
import type { Details, QueryShare, RouteShare, Sample } from './performance/sample.ts'

/** Two in the same moment, at a stop, count as one. */
export async function insertMinute(db: Db, minute: { instance: string; totals: Sample; details: Details }): Promise<void> {
  await sql`
    insert into performance_minutes (instance, taken_at, totals, details)
    values (${minute.instance}, to_timestamp(${minute.totals.at}::float8), ${JSON.stringify(minute.totals)}::text::jsonb, ${JSON.stringify(minute.details)}::text::jsonb)
    on conflict (instance, taken_at) do nothing`.execute(db)
}

export async function deleteOldMinutes(db: Db, keptMs: number): Promise<void> {
  await sql`delete from performance_minutes where taken_at < now() - make_interval(secs => ${keptMs / 1000}::float8)`.execute(db)
}

/** The minutes of one instance or of all, each as one sample. */
export async function findTotals(db: Db, since: Date, instance: string | null): Promise<{ instance: string; samples: Sample[] }[]> {
  const { rows } = await sql<{ instance: string; totals: Sample }>`
    select instance, totals from performance_minutes
    where taken_at >= ${since} and (${instance}::text is null or instance = ${instance}::text) order by taken_at`.execute(db.withoutPlugins())
  return rows.map((row) => ({ instance: row.instance, samples: [row.totals] }))
}

/** The same in parts of ten seconds. */
export async function findSamples(db: Db, since: Date, instance: string | null): Promise<{ instance: string; samples: Sample[] }[]> {
  const { rows } = await sql<{ instance: string; samples: Sample[] }>`
    select instance, details -> 'samples' as samples from performance_minutes
    where taken_at >= ${since} and (${instance}::text is null or instance = ${instance}::text) order by taken_at`.execute(db.withoutPlugins())
  return rows
}

export async function findRouteShares(db: Db, since: Date, instance: string | null): Promise<RouteShare[]> {
  const { rows } = await sql<RouteShare>`
    with routes as (
      select r ->> 'method' as method, r ->> 'endpoint' as endpoint, (r ->> 'count')::float8 as count, (r ->> 'ms')::float8 as ms, (r ->> 'errors')::float8 as errors, r -> 'durations' as durations
      from performance_minutes, jsonb_array_elements(details -> 'routes') r
      where taken_at >= ${since} and (${instance}::text is null or instance = ${instance}::text)
    ), buckets as (
      select method, endpoint, bucket, sum(number::float8) as number from routes, jsonb_each_text(durations) as d (bucket, number) group by method, endpoint, bucket
    )
    select method, endpoint, sum(count) as count, sum(ms) as ms, sum(errors) as errors,
      (select coalesce(jsonb_object_agg(b.bucket, b.number), '{}') from buckets b where b.method = routes.method and b.endpoint = routes.endpoint) as durations
    from routes group by method, endpoint`.execute(db.withoutPlugins())
  return rows.map((row) => ({ ...row, durations: row.durations as SparseCounts }))
}

export async function findQueryShares(db: Db, since: Date, instance: string | null): Promise<QueryShare[]> {
  const { rows } = await sql<QueryShare>`
    select q ->> 'sql' as sql, sum((q ->> 'count')::float8) as count, sum((q ->> 'ms')::float8) as ms, max((q ->> 'maxMs')::float8) as "maxMs"
    from performance_minutes, jsonb_array_elements(details -> 'queries') q
    where taken_at >= ${since} and (${instance}::text is null or instance = ${instance}::text) group by 1`.execute(db.withoutPlugins())
  return rows
}

/** Everyone who wrote lately, with their newest time in seconds since 1970. */
export async function findInstances(db: Db, since: Date): Promise<{ instance: string; lastAt: number }[]> {
  const { rows } = await sql<{ instance: string; last_at: number }>`
    select instance, extract(epoch from max(taken_at))::float8 as last_at from performance_minutes where taken_at >= ${since} group by instance order by instance`.execute(db.withoutPlugins())
  return rows.map((row) => ({ instance: row.instance, lastAt: row.last_at }))
}
