import { limits } from '../../limits.ts'
import type { Log } from '../log.ts'
import type { Job } from '../queue/queue.ts'
import type { CallOutcome, Guard } from '../resilience/guard.ts'
import { createHistogram, record } from './histogram.ts'
import type { Histogram } from './histogram.ts'
import { createOperations } from './operations.ts'
import type { Operations } from './operations.ts'
import { createProcessMeter } from './process.ts'
import type { ProcessMeter } from './process.ts'
import { createQueries, describe } from './queries.ts'
import type { Queries } from './queries.ts'
import { createRequests } from './requests.ts'
import type { Requests } from './requests.ts'
import type { Tracer } from './tracing.ts'

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
  /** Counts a query, and notes it in the trace that it belongs to. */
  noteQuery(seen: { sql: string; milliseconds: number }): void
  /** Undefined unless traces are sent somewhere. */
  tracer: Tracer | undefined
  /** Spans that could not be sent. */
  spansDropped: () => number
  /** Tells those who mend ARV, when there is a way to. */
  reportError: (error: unknown, tags: Record<string, string>) => void
  close(): void
}

export function createTelemetry(options: { log: Log }): Telemetry {
  const outside: { guard: Guard; durations: Histogram }[] = []
  const processMeter = createProcessMeter()
  const jobs = createOperations(options.log)
  const jobKinds: string[] = []
  const queries = createQueries()
  async function trace(name: string, work: () => Promise<void>): Promise<void> {
    const { tracer } = telemetry
    if (tracer === undefined) return await work()
    const span = tracer.begin(name, 'consumer')
    try {
      await tracer.within(span, work)
      tracer.end(span)
    } catch (error) {
      tracer.end(span, { error })
      throw error
    }
  }
  const telemetry: Telemetry = {
    requests: createRequests(),
    queries,
    operations: createOperations(options.log),
    jobs,
    jobKinds,
    watchJob: (job) => {
      jobKinds.push(job.name)
      return { ...job, run: async (app, data, signal) => await jobs.run(job.name, async () => await trace(`job ${job.name}`, async () => await job.run(app, data, signal))) }
    },
    process: processMeter,
    outside,
    watchGuard: (guard) => {
      const durations = createHistogram()
      outside.push({ guard, durations })
      guard.observe((outcome: CallOutcome, startedAt) => {
        if (outcome === 'rejected') return
        record(durations, performance.now() - startedAt)
        telemetry.tracer?.note(guard.name, 'client', startedAt, { attributes: { 'peer.service': guard.name, 'arv.outcome': outcome }, error: outcome === 'failed' || outcome === 'timed_out' ? outcome : undefined })
      })
      return guard
    },
    noteQuery: ({ sql, milliseconds }) => {
      queries.record(sql, milliseconds)
      if (telemetry.tracer === undefined) return
      const { name, operation } = describe(sql)
      telemetry.tracer.note(name, 'client', performance.now() - milliseconds, { attributes: { 'db.system': 'postgresql', 'db.operation': operation, 'db.statement': sql.slice(0, limits.queryTextCharsMax) } })
    },
    tracer: undefined,
    spansDropped: () => 0,
    reportError: () => {},
    close: () => processMeter.close(),
  }
  return telemetry
}
