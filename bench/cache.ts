import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { limits } from '../src/limits.ts'
import { startTestServer } from '../test/postgres.ts'
import { startRedis } from '../test/redis.ts'
import { measureHits } from './cache/hits.ts'
import type { Hits } from './cache/hits.ts'
import { measureOutage } from './cache/outage.ts'
import type { Outage } from './cache/outage.ts'
import { measureSeen } from './cache/seen.ts'
import type { Seen } from './cache/seen.ts'

interface Goal {
  name: string
  unit: string
  goal: string
  measured: number
  /** The bare thing in the same run; null where there is none. */
  peer: number | null
  met: boolean
}

/** The cache beside the bare things it is made of. Writes bench/out/cache.json. */
export async function run({ quick }: { quick: boolean }): Promise<{ goals: Goal[] }> {
  setFlagsFromString('--expose-gc')
  globalThis.gc ??= runInNewContext('gc') as typeof globalThis.gc
  const server = await startTestServer()
  process.env.ARV_TEST_DATABASE_URL = server.url
  const redis = await startRedis()
  try {
    const hits = await measureHits(redis.url, quick ? 2200 : 22_000)
    const writes = quick ? 100 : 1000
    const seen = { redis: await measureSeen(writes, redis.url), notify: await measureSeen(writes, undefined) }
    const goals = goalsOf(hits, seen, await measureOutage(redis, quick ? 1 : 5))
    await writeFile(path.join(import.meta.dirname, 'out/cache.json'), `${JSON.stringify({ goals }, null, 2)}\n`)
    console.table(goals)
    return { goals }
  } finally {
    await redis.stop()
    await server.stop()
  }
}

function goalsOf(hits: Hits, seen: { redis: Seen; notify: Seen }, outage: Outage): Goal[] {
  const most = (name: string, unit: string, measured: number, max: number, peer: number | null = null): Goal => ({ name, unit, goal: `≤ ${round(max)}`, measured: round(measured), peer: peer === null ? null : round(peer), met: measured <= max })
  return [
    most('4.7-computed-once', 'computations for 10,000 at once', hits.crowd.computed, 1),
    most('4.7-crowd-time', 'ms for 10,000 around a computation of 200 ms', hits.crowd.milliseconds, 1000, 200),
    ...(['redis', 'notify'] as const).flatMap((way) => [
      most(`4.7-seen-${way}-p50`, 'ms until another process tells a change', percentile(seen[way].newAfterMs, 0.5), limits.cacheStalenessMaxMs),
      most(`4.7-seen-${way}-p99`, 'ms until another process tells a change', percentile(seen[way].newAfterMs, 0.99), limits.cacheStalenessMaxMs),
      most(`4.7-stale-${way}-max`, 'ms until somebody asked last and was told the old', Math.max(...seen[way].oldUntilMs), limits.cacheStalenessMaxMs),
    ]),
    most('4.7-outage-failed', `calls of ${outage.calls} while Redis was killed and hung`, outage.failed, 0),
    most('4.7-outage-stale', `calls of ${outage.calls} while Redis was killed and hung`, outage.stale, 0),
    most('4.7-outage-slowest', 'ms', outage.slowestMs, 1000),
    most('cache-hit-memory', 'µs; beside a Map of promises', hits.memory.ours, hits.memory.bare + 2, hits.memory.bare),
    most('cache-hit-redis', 'µs; beside GET and deserialize', hits.redis.ours, hits.redis.bare * 2, hits.redis.bare),
    most('cache-hit-disk', 'µs; beside readFile and deserialize', hits.disk.ours, hits.disk.bare * 2, hits.disk.bare),
    most('cache-memory-honest', 'bytes of the process per byte counted', hits.memoryPerByte, 1.3),
  ]
}

function percentile(list: number[], share: number): number {
  return list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}

export default run
