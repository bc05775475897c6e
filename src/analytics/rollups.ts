import { sql } from '../lib/db/db.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import { metricNames, metrics } from './metrics.ts'

const names = sql.raw(metricNames.join(', '))
const sumsOfChanges = sql.raw(metricNames.map((name) => `coalesce(sum(v.sign * ${metrics[name]}), 0) as ${name}`).join(', '))
const sumsOfVisits = sql.raw(metricNames.map((name) => `coalesce(sum(${metrics[name]}), 0) as ${name}`).join(', '))
const additions = (table: string) => sql.raw(metricNames.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', '))
const quarterOf = sql.raw(`date_bin('15 minutes', v.started_at, timestamptz '2000-01-01 00:00:00+00')`)
const dayOf = sql.raw(`(v.started_at at time zone 'UTC')::date`)
/** Each visit counts for everybody, its company, its project and its order. */
const scopesOf = sql.raw(`(values (0, 0::bigint), (1, v.company_id), (2, v.project_id), (3, v.ar_content_id)) as s (scope, scope_id)`)

/**
 * Adds what changed since the last time to the rollups, at most `rowsMax` changes, in the caller's transaction. Returns how many they were
 * and whose; undefined when another instance is at it.
 */
export async function foldChanges(trx: Trx, rowsMax: number): Promise<{ rows: number; companies: number[] } | undefined> {
  const locked = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(hashtextextended('fold visits', 0)) as locked`.execute(trx)
  if (!locked.rows[0].locked) return undefined
  const { rows } = await sql<{ rows: number; companies: number[] | null }>`
    with v as materialized (
      delete from visit_changes where ctid = any(array(select ctid from visit_changes limit ${rowsMax}))
      returning *
    ), slots as (
      select s.scope, s.scope_id, ${quarterOf} as slot, ${sumsOfChanges} from v cross join lateral ${scopesOf}
      where s.scope <> 3 or exists (select from ar_content c where c.id = s.scope_id)
      group by 1, 2, 3
    ), days as (
      select s.scope, s.scope_id, ${dayOf} as day, max(v.company_id) as company_id, max(v.project_id) as project_id, ${sumsOfChanges}
      from v cross join lateral ${scopesOf}
      where s.scope <> 3 or exists (select from ar_content c where c.id = s.scope_id)
      group by 1, 2, 3
    ), kept_slots as (
      insert into visit_slots (scope, scope_id, slot, ${names}) select scope, scope_id, slot, ${names} from slots order by 1, 2, 3
      on conflict (scope, scope_id, slot) do update set ${additions('visit_slots')}
    ), kept_days as (
      insert into visit_days (scope, scope_id, day, company_id, project_id, ${names})
      select scope, scope_id, day, company_id, project_id, ${names} from days order by 1, 2, 3
      on conflict (scope, scope_id, day) do update set ${additions('visit_days')}
    )
    select count(*)::int as rows, array_agg(distinct company_id) as companies from v`.execute(trx)
  return { rows: rows[0].rows, companies: rows[0].companies ?? [] }
}

/** Gives the room of folded changes back. Outside of transactions only. */
export async function vacuumChanges(db: Db): Promise<void> {
  await sql`vacuum (truncate false) visit_changes`.execute(db)
}

/** Counts everything anew from the visits themselves, e.g. after a bulk load past the triggers. */
export async function rebuildRollups(trx: Trx): Promise<void> {
  await sql`lock table visits in share mode`.execute(trx)
  await sql`truncate visit_changes, visit_slots, visit_days`.execute(trx)
  await sql`
    insert into visit_slots (scope, scope_id, slot, ${names})
    select s.scope, s.scope_id, ${quarterOf}, ${sumsOfVisits} from visits v cross join lateral ${scopesOf} group by 1, 2, 3`.execute(trx)
  await sql`
    insert into visit_days (scope, scope_id, day, company_id, project_id, ${names})
    select s.scope, s.scope_id, ${dayOf}, max(v.company_id), max(v.project_id), ${sumsOfVisits} from visits v cross join lateral ${scopesOf} group by 1, 2, 3`.execute(trx)
}

/** Rows in which the rollups and a recount from the visits differ; for tests and for whoever doubts. Changes still to be folded count. */
export async function countDifferences(db: Db): Promise<number> {
  const { rows } = await sql<{ different: number }>`
    with truth as (
      select s.scope, s.scope_id, ${quarterOf} as slot, ${sumsOfVisits} from visits v cross join lateral ${scopesOf} group by 1, 2, 3
    ), truth_days as (
      select s.scope, s.scope_id, ${dayOf} as day, ${sumsOfVisits} from visits v cross join lateral ${scopesOf} group by 1, 2, 3
    ), told as (
      select scope, scope_id, slot, ${names} from visit_slots where opened <> 0 or clicks <> 0 or watched_ms <> 0
    ), told_days as (
      select scope, scope_id, day, ${names} from visit_days where opened <> 0 or clicks <> 0 or watched_ms <> 0
    )
    select ((select count(*) from ((table truth except all table told) union all (table told except all table truth)) d)
      + (select count(*) from ((table truth_days except all table told_days) union all (table told_days except all table truth_days)) d))::int as different`.execute(db)
  return rows[0].different
}
