import os from 'node:os'
import type { App } from '../../app.ts'
import type { CacheStats } from '../../lib/cache/counters.ts'
import { createHistogram, takeSince } from '../../lib/telemetry/histogram.ts'
import type { Histogram } from '../../lib/telemetry/histogram.ts'
import type { RouteSeries } from '../../lib/telemetry/requests.ts'
import { limits } from '../../limits.ts'
import type { Facts } from '../facts.ts'
import { deleteOldMinutes, insertMinute } from '../queries.ts'
import { cacheLevels, joinSamples } from './sample.ts'
import type { Details, QueryShare, RouteShare, Sample } from './sample.ts'

export interface Sampler {
  /** This instance's name: the same after a restart, unless it is one of several alike. */
  instance(): string
  /** What is not written yet. */
  pending(): Details
  /** Takes a sample now; the clock does it every ten seconds. */
  sample(): Promise<void>
  /** Writes what there is; the clock does it every minute. */
  write(): Promise<void>
  stop(): Promise<void>
}

type Watched = Omit<App, 'ops'>

/** What this process does beside others. */
export interface Place {
  role: 'all' | 'web' | 'worker'
  /** Others listen on the same port. */
  sharePort: boolean
}

/** Looks at the counters every ten seconds, and writes every minute what became of them. */
export function createSampler(app: Watched, place: Place, readFacts: () => Promise<Facts>): Sampler {
  const take = createTaker(app)
  const shares = createShares(app)
  let samples: Sample[] = []
  let working: Promise<void> = Promise.resolve()
  const instance = () => nameInstance(app, place)

  async function sample(): Promise<void> {
    const { queue } = await readFacts()
    samples.push(take(queue))
    if (samples.length * limits.sampleMs >= limits.sampleWriteMs) await write()
  }

  async function write(): Promise<void> {
    if (samples.length === 0) return
    const details = { samples, ...shares.take() }
    samples = []
    await insertMinute(app.db, { instance: instance(), totals: joinSamples(details.samples), details })
    await deleteOldMinutes(app.db, limits.samplesKeptMs)
  }

  const attempt = (work: () => Promise<void>) => {
    working = working.then(work).catch((error: unknown) => app.log.debug({ err: error }, 'what was measured could not be written'))
  }
  // On the full ten seconds of the clock, so that the samples of all instances lie side by side.
  let timer = setTimeout(tick, untilNext()).unref()
  function tick(): void {
    timer = setTimeout(tick, untilNext()).unref()
    attempt(sample)
  }

  return {
    instance,
    pending: () => ({ samples: [...samples], ...shares.peek() }),
    sample,
    write,
    stop: async () => {
      clearTimeout(timer)
      attempt(sample)
      attempt(write)
      await working
    },
  }
}

function untilNext(): number {
  const rest = limits.sampleMs - (Date.now() % limits.sampleMs)
  // A timer may come a little early; then the next full ten seconds are meant.
  return rest < limits.sampleMs / 10 ? rest + limits.sampleMs : rest
}

function nameInstance(app: Watched, { role, sharePort }: Place): string {
  if (role === 'worker') return `${os.hostname()} worker ${process.pid}`.slice(0, limits.nameCharsMax)
  const port = app.config.port || new URL(app.publicUrl).port
  return `${os.hostname()}:${port}${sharePort ? `/${process.pid}` : ''}`.slice(0, limits.nameCharsMax)
}

/** Reads all counters, and tells what came in since it did so last. */
function createTaker(app: Watched): (queue: Facts['queue']) => Sample {
  const { telemetry } = app
  const seen = new Map<Histogram, Float64Array>()
  let last = readCounters(app)
  return (queue) => {
    const now = readCounters(app)
    const durations: Sample['durations'] = {}
    for (const series of telemetry.requests.all()) {
      const taken = takeSince(series.durations, copyOf(seen, series.durations))
      if (!isStream(series)) for (const bucket in taken) durations[bucket] = (durations[bucket] ?? 0) + taken[bucket]
    }
    const since = (name: keyof typeof now.sums) => now.sums[name] - last.sums[name]
    const cache: Sample['cache'] = {}
    for (const level of cacheLevels) {
      const [found, before] = [now.cache[level], last.cache[level]]
      if (found !== null) cache[level] = [found.hits - (before?.hits ?? 0), found.misses - (before?.misses ?? 0)]
    }
    const pool = app.database.pool()
    const sample: Sample = {
      at: Math.round(Date.now() / limits.sampleMs) * limits.sampleMs / 1000, seconds: (now.time - last.time) / 1000,
      requests: since('requests'), clientErrors: since('clientErrors'), serverErrors: since('serverErrors'), durations,
      queries: since('queries'), queryMs: since('queryMs'), cpuSeconds: since('cpuSeconds'), memoryBytes: now.memoryBytes, heapBytes: now.heapBytes,
      activeMs: since('activeMs'), lateMs: telemetry.process.takeLoopDelay().p99Ms, gcMs: since('gcMs'), cache, jobs: sumQueue(queue),
      poolInUse: pool.open - pool.idle, poolWaiting: pool.waiting,
    }
    last = now
    return sample
  }
}

function readCounters(app: Watched) {
  const { requests, queries, process: meter } = app.telemetry
  const answers = requests.all().flatMap((series) => [...series.answers])
  const countFrom = (low: number, high: number) => answers.reduce((sum, [status, count]) => (status >= low && status < high ? sum + count : sum), 0)
  const { cpuSeconds, residentBytes, heapUsedBytes, activeMs, gcSeconds } = meter.read()
  const kinds = queries.kinds()
  const levels: CacheStats['levels'] = app.cache.stats().levels
  return {
    time: performance.now(),
    sums: {
      requests: countFrom(0, 1000), clientErrors: countFrom(400, 500), serverErrors: countFrom(500, 1000), cpuSeconds, activeMs, gcMs: gcSeconds * 1000,
      queries: kinds.reduce((sum, kind) => sum + kind.durations.count, 0), queryMs: kinds.reduce((sum, kind) => sum + kind.durations.sumMs, 0),
    },
    memoryBytes: residentBytes, heapBytes: heapUsedBytes, cache: levels,
  }
}

function copyOf(seen: Map<Histogram, Float64Array>, histogram: Histogram): Float64Array {
  const found = seen.get(histogram) ?? new Float64Array(createHistogram().counts.length)
  seen.set(histogram, found)
  return found
}

/** Streams of events stay open as long as somebody watches, and profiles take as long as they were asked to: that is no slowness. */
function isStream(series: RouteSeries): boolean {
  return series.endpoint.endsWith('/events') || series.endpoint.startsWith('/api/ops/profile/')
}

function sumQueue(queue: Facts['queue']): Sample['jobs'] {
  if (queue === undefined) return null
  return {
    waiting: queue.reduce((sum, kind) => sum + kind.waiting, 0), running: queue.reduce((sum, kind) => sum + kind.running, 0),
    oldestSeconds: Math.round(Math.max(0, ...queue.map((kind) => kind.oldestSeconds))),
  }
}

/** Which routes and queries took the most time since they were taken last. */
function createShares(app: Watched) {
  const routesBefore = new Map<RouteSeries, { counts: Float64Array; ms: number; errors: number }>()
  const queriesBefore = new Map<string, { count: number; ms: number }>()
  const errorsOf = (series: RouteSeries) => [...series.answers].reduce((sum, [status, count]) => (status >= 500 ? sum + count : sum), 0)
  const top = <T extends { count: number; ms: number }>(shares: T[]) => shares.filter((share) => share.count > 0).sort((a, b) => b.ms - a.ms).slice(0, limits.sharesMax)

  const read = (isTaken: boolean): { routes: RouteShare[]; queries: QueryShare[] } => {
    const routes = app.telemetry.requests.all().filter((series) => !isStream(series)).map((series): RouteShare => {
      const before = routesBefore.get(series) ?? { counts: new Float64Array(series.durations.counts.length), ms: 0, errors: 0 }
      const durations = takeSince(series.durations, isTaken ? before.counts : before.counts.slice())
      const share = { method: series.method, endpoint: series.endpoint, count: Object.values(durations).reduce((sum, count) => sum + count, 0), ms: series.durations.sumMs - before.ms, errors: errorsOf(series) - before.errors, durations }
      if (isTaken) routesBefore.set(series, { counts: before.counts, ms: series.durations.sumMs, errors: errorsOf(series) })
      return share
    })
    const queries = app.telemetry.queries.all().map((stats): QueryShare => {
      const before = queriesBefore.get(stats.sql) ?? { count: 0, ms: 0 }
      const share = { sql: stats.sql, count: stats.count - before.count, ms: stats.sumMs - before.ms, maxMs: stats.maxMs }
      if (isTaken) {
        queriesBefore.set(stats.sql, { count: stats.count, ms: stats.sumMs })
        stats.maxMs = 0
      }
      return share
    })
    return { routes: top(routes), queries: top(queries) }
  }
  return { take: () => read(true), peek: () => read(false) }
}
