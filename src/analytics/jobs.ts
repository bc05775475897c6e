import type { App } from '../app.ts'
import type { Db } from '../lib/db/db.ts'
import { enqueueJob } from '../lib/queue/queue.ts'
import type { Job } from '../lib/queue/queue.ts'
import { limits } from '../limits.ts'
import { ensureMonths } from './queries.ts'

const dayMs = 24 * 60 * 60 * 1000
const monthsJob = { name: 'visits.months' }

/** Makes the next months' tables, and itself again for tomorrow: once, however many instances there are. */
export const analyticsJobs: Job<App, Record<string, never>>[] = [{
  ...monthsJob,
  lane: 'photo',
  timeoutMs: limits.databaseStatementTimeoutMs,
  run: async ({ db, log }) => {
    const made = await ensureMonths(db, limits.visitMonthsAhead)
    if (made > 0) log.info({ months: made }, 'made room for the visits of the next months')
    await planMonthsLater(db, new Date(Date.now() + dayMs))
  },
}]

/** Sees to the months' tables soon, and daily from then on. */
export async function planMonthsLater(db: Db, runAt = new Date()): Promise<void> {
  await enqueueJob(db, monthsJob, {}, { key: monthsJob.name, runAt })
}
