import { outsideOfRequests, sql } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import type { Log } from '../lib/log.ts'
import { limits } from '../limits.ts'
import { foldChanges, vacuumChanges } from './rollups.ts'

/** Keeps the rollups up to date a moment after visits were recorded. */
export interface Folding {
  /** Folds soon: called by whoever recorded. */
  soon(): void
  /** Folds all that is committed now. */
  now(): Promise<void>
  stop(): Promise<void>
}

export function createFolding(db: Db, log: Log): Folding {
  let timer: NodeJS.Timeout | undefined
  let folding: Promise<boolean> = Promise.resolve(false)
  let sinceVacuum = 0
  let stopped = false

  /** Whether more is left. */
  async function fold(): Promise<boolean> {
    const folded = await db.transaction().execute(async (trx) => {
      const result = await foldChanges(trx, limits.visitFoldRowsMax)
      if (result !== undefined && result.rows > 0) await announce(trx, result.companies)
      return result
    })
    // Another instance is at it: what came too late for it is for us.
    if (folded === undefined) return true
    sinceVacuum += folded.rows
    if (sinceVacuum >= limits.visitVacuumRows) {
      sinceVacuum = 0
      await vacuumChanges(db)
    }
    return folded.rows >= limits.visitFoldRowsMax
  }

  const run = () => {
    timer = undefined
    folding = outsideOfRequests(fold)
    folding.then((isMore) => isMore && soon(), (error: unknown) => log.warn({ err: error }, 'visits could not be added to the statistics; they wait for the next time'))
  }
  const soon = () => {
    if (stopped) return
    timer ??= setTimeout(run, limits.visitFoldMs)
    timer.unref()
  }

  return {
    soon,
    now: async () => {
      await folding.catch(() => {})
      while (await outsideOfRequests(fold));
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await folding.catch(() => {})
    },
  }
}

/** Cached statistics stand on these tags. The transaction's id makes each announcement count once. */
async function announce(trx: Db, companies: number[]): Promise<void> {
  const tags = companies.length > 50 ? ['type:counters'] : ['visits', ...companies.map((id) => `visits:${id}`)]
  await sql`select pg_notify('arv_cache', tag || ' ' || pg_current_xact_id()) from jsonb_array_elements_text(${JSON.stringify(tags)}::text::jsonb) tag`.execute(trx)
}
