import { addCounts } from '../../lib/telemetry/histogram.ts'
import type { SparseCounts } from '../../lib/telemetry/histogram.ts'

export const cacheLevels = ['memory', 'redis', 'disk'] as const

/** What one instance did in a stretch of time. Sums of samples are samples. */
export interface Sample {
  /** When it ended, in seconds since 1970. */
  at: number
  seconds: number
  requests: number
  clientErrors: number
  serverErrors: number
  /** Of the requests, without streams that stay open by design. */
  durations: SparseCounts
  queries: number
  queryMs: number
  cpuSeconds: number
  memoryBytes: number
  heapBytes: number
  /** In which the event loop did something. */
  activeMs: number
  /** How late timers were at worst, for 99 % of the time. */
  lateMs: number
  gcMs: number
  /** By level: [hits, misses]. */
  cache: Partial<Record<(typeof cacheLevels)[number], [number, number]>>
  /** Of all instances together. */
  jobs: { waiting: number; running: number; oldestSeconds: number } | null
  poolInUse: number
  poolWaiting: number
}

export interface RouteShare {
  method: string
  endpoint: string
  count: number
  ms: number
  errors: number
  durations: SparseCounts
}

export interface QueryShare {
  sql: string
  count: number
  ms: number
  maxMs: number
}

export interface Details {
  samples: Sample[]
  routes: RouteShare[]
  queries: QueryShare[]
}

/** Samples of one instance, one after the other, as one: amounts add up, of levels the highest counts. */
export function joinSamples(samples: readonly Sample[]): Sample {
  const last = samples[samples.length - 1]
  const sum = (read: (sample: Sample) => number) => samples.reduce((total, sample) => total + read(sample), 0)
  const highest = (read: (sample: Sample) => number) => Math.max(...samples.map(read))
  const durations: SparseCounts = {}
  const cache: Sample['cache'] = {}
  for (const sample of samples) {
    addCounts(durations, sample.durations)
    for (const level of cacheLevels) {
      const [hits, misses] = sample.cache[level] ?? [0, 0]
      if (sample.cache[level] !== undefined) cache[level] = [(cache[level]?.[0] ?? 0) + hits, (cache[level]?.[1] ?? 0) + misses]
    }
  }
  return {
    at: last.at, seconds: sum((sample) => sample.seconds), requests: sum((sample) => sample.requests), clientErrors: sum((sample) => sample.clientErrors),
    serverErrors: sum((sample) => sample.serverErrors), durations, queries: sum((sample) => sample.queries), queryMs: sum((sample) => sample.queryMs),
    cpuSeconds: sum((sample) => sample.cpuSeconds), memoryBytes: highest((sample) => sample.memoryBytes), heapBytes: highest((sample) => sample.heapBytes),
    activeMs: sum((sample) => sample.activeMs), lateMs: highest((sample) => sample.lateMs), gcMs: sum((sample) => sample.gcMs), cache, jobs: last.jobs,
    poolInUse: highest((sample) => sample.poolInUse), poolWaiting: highest((sample) => sample.poolWaiting),
  }
}
