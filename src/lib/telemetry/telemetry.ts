import type { Log } from '../log.ts'
import type { Job } from '../queue/queue.ts'
import type { CallOutcome, Guard } from '../resilience/guard.ts'
import { createHistogram, record } from './histogram.ts'
import type { Histogram } from './histogram.ts'
import { createOperations } from './operations.ts'
import type { Operations } from './operations.ts'
import { createProcessMeter } from './process.ts'
import type { ProcessMeter } from './process.ts'
import { createQueries } from './queries.ts'
import type { Queries } from './queries.ts'
import { createRequests } from './requests.ts'
import type { Requests } from './requests.ts'

/** What this process does, counted where it happens. Reading it is for `ops`: metrics, the performance page, traces. */
export interface Telemetry {
  requests: Requests
  queries: Queries
  operations: Operations
  /** Jobs by their name, as operations. */
  jobs: Operations
  /** The names of the jobs that are watched, also of those that never ran. */
  jobKinds: readonly string[]
  /** The same job, measured. */
  watchJob<App, Data>(job: Job<App, Data>): Job<App, Data>
  process: ProcessMeter
  /** Guards of outside calls, and how long those took. */
  outside: readonly { guard: Guard; durations: Histogram }[]
  watchGuard(guard: Guard): Guard
  close(): void
}

export function createTelemetry(options: { log: Log }): Telemetry {
  const outside: { guard: Guard; durations: Histogram }[] = []
  const processMeter = createProcessMeter()
  const jobs = createOperations(options.log)
  const jobKinds: string[] = []
  return {
    requests: createRequests(),
    queries: createQueries(),
    operations: createOperations(options.log),
    jobs,
    jobKinds,
    watchJob: (job) => {
      jobKinds.push(job.name)
      return { ...job, run: async (app, data, signal) => await jobs.run(job.name, async () => await job.run(app, data, signal)) }
    },
    process: processMeter,
    outside,
    watchGuard: (guard) => {
      const durations = createHistogram()
      outside.push({ guard, durations })
      guard.observe((outcome: CallOutcome, startedAt) => {
        if (outcome !== 'rejected') record(durations, performance.now() - startedAt)
      })
      return guard
    },
    close: () => processMeter.close(),
  }
}
