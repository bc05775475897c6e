import type { App } from '../../app.ts'
import { addCounts, findQuantile } from '../../lib/telemetry/histogram.ts'
import type { SparseCounts } from '../../lib/telemetry/histogram.ts'
import { limits } from '../../limits.ts'
import { findInstances, findQueryShares, findRouteShares, findSamples, findTotals } from '../queries.ts'
import type { Sampler } from './sampler.ts'
import { cacheLevels, joinSamples } from './sample.ts'
import type { QueryShare, RouteShare, Sample } from './sample.ts'

export const ranges = {
  hour: { seconds: 60 * 60, stepSeconds: 10 },
  day: { seconds: 24 * 60 * 60, stepSeconds: 5 * 60 },
} as const
export type Range = keyof typeof ranges

/** One instant of a chart; null where nothing is known. */
export interface Point {
  at: string
  requests_per_second: number | null
  median_ms: number | null
  p95_ms: number | null
  p99_ms: number | null
  client_errors_per_second: number | null
  server_errors_per_second: number | null
  queries_per_second: number | null
  query_mean_ms: number | null
  /** 100 is one core. */
  cpu_percent: number | null
  memory_bytes: number | null
  heap_bytes: number | null
  event_loop_percent: number | null
  event_loop_late_ms: number | null
  cache_memory_percent: number | null
  cache_redis_percent: number | null
  cache_disk_percent: number | null
  jobs_waiting: number | null
  jobs_running: number | null
  jobs_oldest_seconds: number | null
  pool_in_use: number | null
  pool_waiting: number | null
}

export interface PerformanceReport {
  range: Range
  step_seconds: number
  instance: string | null
  /** This one answered. */
  here: string
  instances: { name: string; last_seen: string }[]
  points: Point[]
  routes: { method: string; endpoint: string; requests: number; total_ms: number; mean_ms: number; p95_ms: number | null; server_errors: number }[]
  queries: { sql: string; times: number; total_ms: number; mean_ms: number; max_ms: number }[]
}

/** What the performance page shows of the last hour or day, of one instance or of all. */
export async function reportPerformance(app: App, sampler: Sampler, options: { range: Range; instance: string | null }): Promise<PerformanceReport> {
  const { range, instance } = options
  const { seconds, stepSeconds } = ranges[range]
  const since = new Date(Date.now() - seconds * 1000)
  const pending = instance === null || instance === sampler.instance() ? sampler.pending() : { samples: [], routes: [], queries: [] }
  const [rows, routes, queries, instances] = await Promise.all([
    range === 'hour' ? findSamples(app.db, since, instance) : findTotals(app.db, since, instance),
    findRouteShares(app.db, since, instance), findQueryShares(app.db, since, instance), findInstances(app.db, since),
  ])
  const newest = Date.now() / 1000
  const others = instances.filter((entry) => entry.instance !== sampler.instance())
  const isHere = instances.some((entry) => entry.instance === sampler.instance())
  const all = [...others, ...(isHere || pending.samples.length > 0 ? [{ instance: sampler.instance(), lastAt: newest }] : [])]
  // The others write once a minute: the sum of all is known up to where the last of those that live has written.
  const living = instance === null ? others.filter((entry) => newest - entry.lastAt < 2 * limits.sampleWriteMs / 1000).map((entry) => entry.lastAt) : []
  const samples = [...rows, { instance: sampler.instance(), samples: pending.samples }]
  return {
    range, step_seconds: stepSeconds, instance, here: sampler.instance(),
    instances: all.map((entry) => ({ name: entry.instance, last_seen: new Date(entry.lastAt * 1000).toISOString() })).sort((a, b) => a.name.localeCompare(b.name)),
    points: makePoints(samples, { from: newest - seconds, to: Math.min(newest, ...living), stepSeconds }),
    routes: presentRoutes([...routes, ...pending.routes]),
    queries: presentQueries([...queries, ...pending.queries]),
  }
}

function makePoints(rows: readonly { instance: string; samples: Sample[] }[], time: { from: number; to: number; stepSeconds: number }): Point[] {
  const { stepSeconds } = time
  const steps = new Map<number, Map<string, Sample[]>>()
  for (const { instance, samples } of rows) {
    for (const sample of samples) {
      // A sample belongs to the step that it ends in.
      const step = Math.ceil(sample.at / stepSeconds)
      const ofStep = steps.get(step) ?? new Map<string, Sample[]>()
      ofStep.set(instance, [...(ofStep.get(instance) ?? []), sample])
      steps.set(step, ofStep)
    }
  }
  const points: Point[] = []
  const last = Math.floor(time.to / stepSeconds)
  // Of a long step that is not over yet, what there is already is shown.
  const end = steps.has(last + 1) ? last + 1 : last
  for (let step = Math.floor(time.from / stepSeconds) + 1; step <= end; step++) {
    points.push(makePoint(step * stepSeconds, [...(steps.get(step)?.values() ?? [])].map(joinSamples)))
  }
  return points
}

/** `parts` are the same stretch of time at several instances. */
function makePoint(at: number, parts: readonly Sample[]): Point {
  const isKnown = parts.length > 0
  const sum = (read: (sample: Sample) => number) => (isKnown ? parts.reduce((total, sample) => total + read(sample), 0) : null)
  const highest = (read: (sample: Sample) => number) => (isKnown ? Math.max(...parts.map(read)) : null)
  const rate = (read: (sample: Sample) => number) => round(sum((sample) => read(sample) / Math.max(1, sample.seconds)))
  const durations: SparseCounts = {}
  for (const sample of parts) addCounts(durations, sample.durations)
  const quantile = (share: number) => round(findQuantile(durations, share) ?? null)
  const queries = sum((sample) => sample.queries)
  const hits = Object.fromEntries(cacheLevels.map((level) => {
    const [found, missed] = parts.reduce(([a, b], sample) => [a + (sample.cache[level]?.[0] ?? 0), b + (sample.cache[level]?.[1] ?? 0)], [0, 0])
    return [level, found + missed === 0 ? null : round(100 * found / (found + missed))]
  }))
  const jobs = parts.findLast((sample) => sample.jobs !== null)?.jobs ?? null
  return {
    at: new Date(at * 1000).toISOString(), requests_per_second: rate((sample) => sample.requests),
    median_ms: quantile(0.5), p95_ms: quantile(0.95), p99_ms: quantile(0.99),
    client_errors_per_second: rate((sample) => sample.clientErrors), server_errors_per_second: rate((sample) => sample.serverErrors),
    queries_per_second: rate((sample) => sample.queries), query_mean_ms: queries === null || queries === 0 ? null : round(sum((sample) => sample.queryMs)! / queries),
    cpu_percent: rate((sample) => 100 * sample.cpuSeconds), memory_bytes: sum((sample) => sample.memoryBytes), heap_bytes: sum((sample) => sample.heapBytes),
    event_loop_percent: round(highest((sample) => Math.min(100, sample.activeMs / Math.max(1, sample.seconds) / 10))), event_loop_late_ms: round(highest((sample) => sample.lateMs)),
    cache_memory_percent: hits.memory, cache_redis_percent: hits.redis, cache_disk_percent: hits.disk,
    jobs_waiting: jobs?.waiting ?? null, jobs_running: jobs?.running ?? null, jobs_oldest_seconds: jobs?.oldestSeconds ?? null,
    pool_in_use: sum((sample) => sample.poolInUse), pool_waiting: sum((sample) => sample.poolWaiting),
  }
}

function presentRoutes(shares: readonly RouteShare[]): PerformanceReport['routes'] {
  const merged = mergeBy(shares, (share) => `${share.method} ${share.endpoint}`, (into, share) => {
    addCounts(into.durations, share.durations)
    return { ...into, count: into.count + share.count, ms: into.ms + share.ms, errors: into.errors + share.errors }
  })
  return merged.sort((a, b) => b.ms - a.ms).slice(0, limits.sharesMax).map(({ method, endpoint, count, ms, errors, durations }) => ({
    method, endpoint, requests: count, total_ms: round(ms)!, mean_ms: round(ms / count)!, p95_ms: round(findQuantile(durations, 0.95) ?? null), server_errors: errors,
  }))
}

function presentQueries(shares: readonly QueryShare[]): PerformanceReport['queries'] {
  const merged = mergeBy(shares, (share) => share.sql, (into, share) =>
    ({ ...into, count: into.count + share.count, ms: into.ms + share.ms, maxMs: Math.max(into.maxMs, share.maxMs) }))
  return merged.sort((a, b) => b.ms - a.ms).slice(0, limits.sharesMax).map(({ sql, count, ms, maxMs }) => ({
    sql, times: count, total_ms: round(ms)!, mean_ms: round(ms / count)!, max_ms: round(maxMs)!,
  }))
}

function mergeBy<T>(items: readonly T[], name: (item: T) => string, merge: (into: T, item: T) => T): T[] {
  const merged = new Map<string, T>()
  for (const item of items) {
    const found = merged.get(name(item))
    merged.set(name(item), found === undefined ? item : merge(found, item))
  }
  return [...merged.values()]
}

/** Three digits are enough for a chart. */
function round(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(3))
}
