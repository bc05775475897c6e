import type { Database } from '../lib/db/db.ts'
import type { Log } from '../lib/log.ts'
import { createFolding } from './folding.ts'
import type { RecordResult, VisitRecord } from './queries.ts'
import { createRecorder } from './recorder.ts'

/** Records visits for this process, and keeps what is told of them up to date. */
export interface Visits {
  /** Resolves when it is durable. Errors: `overloaded`. */
  record(record: VisitRecord): Promise<RecordResult>
  /** Resolves when all that was recorded here counts in the statistics. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export function openVisits(database: Database, log: Log): Visits {
  const recorder = createRecorder(database)
  const folding = createFolding(database.db, log)
  // What an earlier stop left behind.
  folding.soon()
  return {
    record: async (record) => {
      const result = await recorder.record(record)
      folding.soon()
      return result
    },
    settle: async () => {
      await recorder.settle()
      await folding.now()
    },
    stop: async () => {
      await recorder.settle()
      await folding.stop()
    },
  }
}
