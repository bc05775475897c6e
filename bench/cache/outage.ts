import { openCaches } from '../../test/caches.ts'
import type { TestRedis } from '../../test/redis.ts'
import { waitFor } from '../../test/factories.ts'

/** What became of the calls to two instances while Redis was killed, begun anew and made to hang under load. */
export interface Outage {
  calls: number
  failed: number
  /** Told what was before a change that had been acknowledged 100 ms before they asked. */
  stale: number
  slowestMs: number
}

export async function measureOutage(redis: TestRedis, rounds: number): Promise<Outage> {
  const caches = await openCaches({})
  const instances = [await caches.open({ redisUrl: redis.url }), await caches.open({ redisUrl: redis.url })]
  const outage: Outage = { calls: 0, failed: 0, stale: 0, slowestMs: 0 }
  const written: { value: number; at: number }[] = [{ value: 0, at: -Infinity }]
  await caches.write('steady', 0)
  let isOver = false
  const write = async () => {
    while (!isOver) {
      const value = written.length
      await caches.write('steady', value)
      written.push({ value, at: performance.now() })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const ask = async (cache: (typeof instances)[number]) => {
    while (!isOver) {
      const askedAt = performance.now()
      const expected = written.findLast(({ at }) => askedAt - at > 100)!.value
      const value = await cache.get('metadata', 'steady', { compute: async () => await caches.read('steady'), tags: () => ['note:steady'] }).catch(() => -1)
      outage.calls++
      outage.slowestMs = Math.max(outage.slowestMs, performance.now() - askedAt)
      if (value === -1) outage.failed++
      else if (value < expected) outage.stale++
      await new Promise(setImmediate)
    }
  }
  const running = Promise.all([write(), ...instances.flatMap((cache) => Array.from({ length: 8 }, () => ask(cache)))])
  const isConnected = async (expected: boolean) =>
    await waitFor('Redis', async () => instances.map((cache) => cache.stats().levels.redis?.connected), (all) => all.every((state) => state === expected))
  for (let round = 0; round < rounds; round++) {
    await redis.kill()
    await isConnected(false)
    await redis.start()
    await isConnected(true)
    redis.hang()
    await isConnected(false)
    redis.goOn()
    await isConnected(true)
  }
  isOver = true
  await running
  await caches.stop()
  return outage
}
