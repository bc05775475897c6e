import { AppError } from '../errors.ts'
import { isRetryable, outsideOfRequests } from '../lib/db/db.ts'
import type { Database, Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import * as queries from './queries.ts'
import type { RecordResult, VisitRecord } from './queries.ts'

/** Writes visits in groups: one transaction for all that came within a few milliseconds. */
export interface Recorder {
  /** Resolves when the visit is durable. Errors: `overloaded` when too many wait; what PostgreSQL said of this very record. */
  record(record: VisitRecord): Promise<RecordResult>
  /** Resolves when all that was given is written. */
  settle(): Promise<void>
}

interface Waiting {
  record: VisitRecord
  resolve: (result: RecordResult) => void
  reject: (error: unknown) => void
}

/**
 * Index look-ups whatever the statistics say: the plan is made once and stays, also while this month's table grows from nothing.
 * A connection of its own, so that recording never waits for pages, nor they for it.
 */
const writerSettings = { enable_seqscan: 'off', plan_cache_mode: 'force_generic_plan', application_name: 'arv visits' }

export function createRecorder(database: Database): Recorder {
  const db = database.openWriter(writerSettings)
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  /** One batch after another: while one is on its way to the disk, the next gathers. */
  async function write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, limits.visitGatherMs))
    while (waiting.length > 0) {
      const { batch, rest } = takeBatch(waiting)
      waiting = rest
      await writeBatch(db, batch)
    }
    writing = undefined
  }

  return {
    record: async (record) => {
      if (waiting.length >= limits.visitsWaitingMax) throw new AppError('overloaded', { details: { seconds: 5 } })
      return await new Promise((resolve, reject) => {
        waiting.push({ record, resolve, reject })
        // No request's: the first of a batch must not lend its connection to the others.
        writing ??= outsideOfRequests(write)
      })
    },
    settle: async () => await writing,
  }
}

/** The first so many, but no visit twice: a later word of one waits for its turn. */
function takeBatch(waiting: Waiting[]): { batch: Waiting[]; rest: Waiting[] } {
  const batch = new Map<string, Waiting>()
  const rest: Waiting[] = []
  for (const entry of waiting) {
    const id = entry.record.id.toLowerCase()
    if (batch.size < limits.visitBatchMax && !batch.has(id)) batch.set(id, entry)
    else rest.push(entry)
  }
  return { batch: [...batch.values()], rest }
}

/** Never rejects: each of the batch hears of its own fate. */
async function writeBatch(db: Db, batch: Waiting[]): Promise<void> {
  try {
    const results = await writeTogether(db, batch.map(({ record }) => record))
    batch.forEach(({ resolve }, index) => resolve(results[index]))
  } catch (error) {
    if (batch.length === 1) return batch[0].reject(error)
    // One that the database refuses must not take the others with it.
    for (const entry of batch) await writeBatch(db, [entry])
  }
}

async function writeTogether(db: Db, records: VisitRecord[], attempt = 1): Promise<RecordResult[]> {
  try {
    const unsure = records.filter((record) => record.kind !== 'new' && !hasOwnTime(record)).map((record) => record.id)
    if (unsure.length === 0) return await queries.recordVisits(db, records)
    // Their time is ours to say, so the same visit could begin twice, at two instances: they take turns.
    return await db.transaction().execute(async (trx) => {
      await queries.lockVisits(trx, unsure)
      return await queries.recordVisits(trx, records)
    })
  } catch (error) {
    if (attempt >= 3 || !isRetryable(error)) throw error
    return await writeTogether(db, records, attempt + 1)
  }
}

/** Whether every report of it says the same time, and that one is believed. */
function hasOwnTime(record: VisitRecord): boolean {
  if (record.kind === 'update') return true
  if (record.startedAt === null) return false
  const ageMs = Date.now() - Date.parse(record.startedAt)
  return ageMs > 0 && ageMs < limits.visitClockTolerableMs
}
