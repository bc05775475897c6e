import { sql } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import { metricNames, scopes } from './metrics.ts'
import type { Metrics, Scope } from './metrics.ts'

/** Days of the reader's time zone, both included. */
export interface Period {
  from: string
  to: string
  timeZone: string
  days: number
  step: 'hour' | 'day' | 'month'
}

export interface Step {
  /** By the reader's clock, e.g. `2026-03-05T00:00:00`. */
  begins: string
  opened: number
  camera_granted: number
  camera_refused: number
  locked: number
  played: number
  completed: number
  clicks: number
  watchedMs: number
}

export interface TopRow {
  id: number
  orderNumber: string
  customerName: string | null
  score: number | null
  opened: number
  cameraGranted: number
  locked: number
  played: number
}

/** Both ends of the period as moments. */
const momentsOf = ({ from, to, timeZone }: Period) =>
  sql`(${from}::date::timestamp at time zone ${timeZone}) as begins, ((${to}::date + 1)::timestamp at time zone ${timeZone}) as ends`

/**
 * The rows of the rollups that make up [begins, ends) of `span`: whole days of UTC, and quarter hours before and after them.
 */
const rowsOf = (scope: Scope, columns: string) => {
  const own = sql`scope = ${scopes[scope.name]} and scope_id = ${scope.id}`
  return rowsWhere(own, columns)
}

function rowsWhere(own: ReturnType<typeof sql>, columns: string) {
  const names = sql.raw(columns)
  return sql`
    select ${names} from visit_days where ${own} and day >= span.first_day and day < span.end_day
    union all
    select ${names} from visit_slots where ${own} and slot >= span.begins and slot < least(span.ends, span.first_day::timestamp at time zone 'UTC')
    union all
    select ${names} from visit_slots where ${own} and slot >= greatest(span.end_day, span.first_day)::timestamp at time zone 'UTC' and slot < span.ends`
}

const daysInside = sql`(date_trunc('day', (begins at time zone 'UTC') + interval '1 day' - interval '1 microsecond'))::date as first_day, (ends at time zone 'UTC')::date as end_day`

export async function sumPeriod(db: Db, scope: Scope, period: Period): Promise<Metrics> {
  const sums = sql.raw(metricNames.map((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`).join(', '))
  const { rows } = await sql<Metrics>`
    select ${sums} from (select begins, ends, ${daysInside} from (select ${momentsOf(period)}) p) span
    cross join lateral (${rowsOf(scope, metricNames.join(', '))}) counted`.execute(db.withoutPlugins())
  return rows[0]
}

const stepMetrics = ['opened', 'camera_granted', 'camera_refused', 'locked', 'played', 'completed', 'clicks', 'watched_ms']

/** One row for each hour, day or month of the period, also those without visits. */
export async function sumSteps(db: Db, scope: Scope, period: Period): Promise<Step[]> {
  const step = sql.raw(`interval '1 ${period.step}'`)
  const sums = sql.raw(stepMetrics.map((name) => `coalesce(sum(${name}), 0)::bigint as ${name === 'watched_ms' ? '"watchedMs"' : name}`).join(', '))
  const { rows } = await sql<Step>`
    select to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS') as begins, ${sums}
    from (
      select local, begins, ends, ${daysInside} from (
        select local, greatest(local, ${period.from}::date::timestamp) at time zone ${period.timeZone} as begins,
          least(local + ${step}, (${period.to}::date + 1)::timestamp) at time zone ${period.timeZone} as ends
        from generate_series(date_trunc(${period.step}, ${period.from}::date::timestamp), ${period.to}::date::timestamp + interval '23 hours', ${step}) local
      ) p
    ) span
    left join lateral (${rowsOf(scope, stepMetrics.join(', '))}) counted on true
    group by local order by local`.execute(db.withoutPlugins())
  return rows
}

/** Visits by weekday (1 is Monday) and hour, of the last weeks of the period. */
export async function sumHours(db: Db, scope: Scope, period: Period): Promise<{ weekday: number; hour: number; opened: number }[]> {
  const { rows } = await sql<{ weekday: number; hour: number; opened: number }>`
    select extract(isodow from slot at time zone ${period.timeZone})::int as weekday, extract(hour from slot at time zone ${period.timeZone})::int as hour,
      sum(opened)::bigint as opened
    from visit_slots, (select ${momentsOf(period)}) p
    where scope = ${scopes[scope.name]} and scope_id = ${scope.id} and slot < p.ends
      and slot >= greatest(p.begins, p.ends - make_interval(days => ${limits.statisticsHoursDaysMax}))
    group by 1, 2 having sum(opened) <> 0`.execute(db)
  return rows
}

/** The orders that were opened most: found among each day's ten first, counted over the whole period. */
export async function selectTop(db: Db, scope: Scope, period: Period): Promise<TopRow[]> {
  const own = scope.name === 'platform' ? sql`true` : scope.name === 'company' ? sql`company_id = ${scope.id}` : sql`project_id = ${scope.id}`
  const { rows } = await sql<TopRow>`
    with span as materialized (
      select begins, ends, ${daysInside} from (select ${momentsOf(period)}) p
    ), listed as (
      select day.scope_id, day.opened from span
      cross join lateral generate_series(span.begins at time zone 'UTC', span.ends at time zone 'UTC', interval '1 day') date
      cross join lateral (
        select scope_id, opened from visit_days where scope = 3 and ${own} and day = date::date order by opened desc limit ${limits.statisticsDailyTop}
      ) day
    ), candidates as materialized (
      select scope_id from listed group by scope_id order by sum(opened) desc limit ${limits.statisticsTop}
    )
    select c.id, c.order_number, c.customer_name, photo.score, counted.opened, counted.camera_granted, counted.locked, counted.played
    from candidates cross join span
    join ar_content c on c.id = candidates.scope_id
    join photos photo on photo.sha256 = c.photo_sha256
    cross join lateral (
      select sum(opened)::bigint as opened, sum(camera_granted)::bigint as camera_granted, sum(locked)::bigint as locked, sum(played)::bigint as played
      from (${rowsWhere(sql`scope = 3 and scope_id = c.id`, 'opened, camera_granted, locked, played')}) r
    ) counted
    where counted.opened > 0
    order by counted.opened desc, c.id`.execute(db)
  return rows
}
