import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openCaches, patient } from '../../../test/caches.ts'
import type { Caches } from '../../../test/caches.ts'
import { waitFor } from '../../../test/factories.ts'
import { startRedis } from '../../../test/redis.ts'
import type { TestRedis } from '../../../test/redis.ts'
import { limits } from '../../limits.ts'
import { sql } from '../db/db.ts'
import type { Cache } from './cache.ts'

let caches: Caches
let redis: TestRedis
before(async () => {
  redis = await startRedis()
  caches = await openCaches({})
})
after(async () => {
  await caches.stop()
  await redis.stop()
})

const noteOf = (name: string) => ({ compute: async () => await caches.read(name), tags: () => [`note:${name}`] })
const read = async (cache: Cache, name: string) => await cache.get('metadata', name, noteOf(name))

/** Asks until it is told `value`. Returns how many milliseconds after `written` it asked last and was told another. */
async function watchUntil(cache: Cache, name: string, value: number, written: number): Promise<number> {
  let age = 0
  for (const deadline = written + 20_000; performance.now() < deadline; ) {
    const askedAt = performance.now()
    if ((await read(cache, name)) === value) return age
    age = askedAt - written
    await new Promise(setImmediate)
  }
  return Infinity
}

for (const way of ['with Redis', 'without Redis'] as const) {
  test(`${way}, what one instance writes another shows within ${limits.cacheStalenessMaxMs} ms`, async (context) => {
    const redisUrl = way === 'with Redis' ? redis.url : undefined
    const others = [await caches.open({ redisUrl }), await caches.open({ redisUrl })]
    const name = way
    await caches.write(name, 0)
    // Of each change, when somebody asked last and was still told what was before.
    const ages: number[] = []
    for (let value = 1; value <= 50; value++) {
      for (const cache of others) await read(cache, name)
      await caches.write(name, value)
      const written = performance.now()
      ages.push(...(await Promise.all(others.map(async (cache) => await watchUntil(cache, name, value, written)))))
    }
    ages.sort((a, b) => a - b)
    context.diagnostic(`the old value was told until ${ages[50].toFixed(2)} ms after (median), ${ages.at(-1)?.toFixed(2)} ms at most`)
    assert.ok(ages.at(-1)! <= limits.cacheStalenessMaxMs, `${ages.at(-1)} ms`)
    const { metadata } = others[0].stats().types
    assert.ok(metadata.computed + metadata.redis >= 51, 'it was cached in between')
  })

  test(`${way}, whoever settled after a write sees it, at once and at that instance`, async () => {
    const cache = await caches.open({ redisUrl: way === 'with Redis' ? redis.url : undefined, ...patient })
    for (let value = 1; value <= 100; value++) {
      await caches.write('own', value)
      await cache.settle()
      assert.equal(await read(cache, 'own'), value)
      assert.equal(await read(cache, 'own'), value)
    }
  })

  test(`${way}, a flush reaches every instance`, async () => {
    const redisUrl = way === 'with Redis' ? redis.url : undefined
    const [one, two] = [await caches.open({ redisUrl, ...patient }), await caches.open({ redisUrl, ...patient })]
    let computed = 0
    const source = { compute: async () => ++computed, tags: () => ['flushed'] }
    await one.get('metadata', 'x', source)
    const before = await two.get('metadata', 'x', source)
    await one.invalidate(['flushed'])
    await two.settle()
    assert.ok((await two.get('metadata', 'x', source)) > before)
  })
}

test('Redis shares what one instance computed with the others, and with the next start', async () => {
  const one = await caches.open({ redisUrl: redis.url, ...patient })
  const two = await caches.open({ redisUrl: redis.url, ...patient })
  await caches.write('shared', 5)
  const isConnected = async (cache: Cache) => await waitFor('Redis to be there', async () => cache.stats(), ({ levels }) => levels.redis?.connected === true)
  for (const cache of [one, two]) {
    await isConnected(cache)
    await read(cache, 'shared')
  }
  await caches.write('shared', 6)
  for (const cache of [one, two]) await cache.settle()
  assert.equal(await read(one, 'shared'), 6)
  await one.invalidate(['note:another'])
  assert.equal(await read(two, 'shared'), 6)
  assert.ok(two.stats().types.metadata.redis >= 1, JSON.stringify([one.stats().levels.redis, two.stats().levels.redis]))
  const three = await caches.open({ redisUrl: redis.url, ...patient })
  await isConnected(three)
  assert.equal(await read(three, 'shared'), 6)
  assert.equal(three.stats().types.metadata.redis, 0, 'it cannot know what was announced while it was not there')
})

test('a value read before a change is not stored in Redis after it', async () => {
  const [slow, quick] = [await caches.open({ redisUrl: redis.url, ...patient }), await caches.open({ redisUrl: redis.url, ...patient })]
  await waitFor('both to be connected', async () => [slow.stats(), quick.stats()], (all) => all.every(({ levels }) => levels.redis?.connected))
  await caches.write('race', 1)
  const gate = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const late = slow.get('metadata', 'race', { tags: () => ['note:race'], compute: async () => {
    const value = await caches.read('race')
    started.resolve()
    await gate.promise
    return value
  } })
  await started.promise
  await caches.write('race', 2)
  await quick.settle()
  await slow.settle()
  gate.resolve()
  assert.equal(await late, 1)
  assert.equal(await read(quick, 'race'), 2)
  assert.equal(await read(slow, 'race'), 2)
})

test('Redis killed, started empty, hanging: no call fails, and nothing old is shown', async () => {
  const instances = [await caches.open({ redisUrl: redis.url }), await caches.open({ redisUrl: redis.url })]
  await caches.write('steady', 0)
  let isOver = false
  let written = 0
  let calls = 0
  const stale: string[] = []
  const ask = async (cache: Cache, index: number) => {
    while (!isOver) {
      // What was written that long ago must be seen by whoever asks now.
      const [expected, askedAt] = [acknowledged.findLast((write) => performance.now() - write.at > limits.cacheStalenessMaxMs)?.value ?? 0, performance.now()]
      const value = await read(cache, 'steady')
      calls++
      if (value < expected) stale.push(`instance ${index} at ${askedAt}: ${value} for ${expected}`)
      await new Promise(setImmediate)
    }
  }
  const acknowledged: { value: number; at: number }[] = []
  const write = async () => {
    while (!isOver) {
      await caches.write('steady', ++written)
      acknowledged.push({ value: written, at: performance.now() })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const running = Promise.all([write(), ...instances.flatMap((cache, index) => Array.from({ length: 8 }, () => ask(cache, index)))])
  const isConnected = async (expected: boolean) => await waitFor(`Redis to be ${expected ? 'back' : 'gone'}`, async () => instances.map((cache) => cache.stats().levels.redis?.connected), (all) => all.every((state) => state === expected))
  for (let round = 0; round < 3; round++) {
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
  assert.deepEqual(stale, [])
  assert.ok(calls > 1000, `${calls} calls`)
})

test('while changes cannot be heard nothing is shown from memory; afterwards it is filled anew', async () => {
  const cache = await caches.open({ waitMs: 20 })
  await caches.write('cut', 1)
  assert.equal(await read(cache, 'cut'), 1)
  // The listening connection goes, again and again, and with it what is announced meanwhile.
  const cut = async () => await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`.execute(caches.database.db)
  for (let value = 2; value < 30; value++) {
    await cut()
    await caches.write('cut', value)
    const age = await watchUntil(cache, 'cut', value, performance.now())
    assert.ok(age <= limits.cacheStalenessMaxMs, `${age} ms`)
  }
  await waitFor('memory to be used again', async () => {
    await read(cache, 'cut')
    return cache.stats()
  }, (stats) => stats.trusted && stats.types.metadata.memory > 0)
})
