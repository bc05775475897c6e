import { sql } from 'kysely'
import type { Db } from '../db/db.ts'

/** One kind of job at this moment. */
export interface QueueDepth {
  kind: string
  /** Could begin now. */
  waiting: number
  /** Is to begin later: a new attempt after a failure, or planned. */
  later: number
  running: number
  /** How long the one that waits longest has waited. */
  oldestSeconds: number
}

/** What is in the queue, by kind; kinds of which there is nothing are left out. */
export async function readQueueDepth(db: Db): Promise<QueueDepth[]> {
  const { rows } = await sql<{ kind: string; waiting: number; later: number; running: number; oldest: number }>`
    select task_identifier as kind,
      count(*) filter (where locked_at is null and run_at <= now()) as waiting,
      count(*) filter (where locked_at is null and run_at > now()) as later,
      count(*) filter (where locked_at is not null) as running,
      coalesce(extract(epoch from now() - min(run_at) filter (where locked_at is null and run_at <= now())), 0)::float8 as oldest
    from graphile_worker.jobs group by task_identifier`.execute(db.withoutPlugins())
  return rows.map(({ oldest, ...row }) => ({ ...row, oldestSeconds: Math.max(0, oldest) }))
}
