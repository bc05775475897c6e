import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openCaches } from '../../../test/caches.ts'
import type { Caches } from '../../../test/caches.ts'
import type { Cache } from './cache.ts'
import { cacheTypes } from './types.ts'

let caches: Caches
let cache: Cache
before(async () => {
  caches = await openCaches()
  cache = await caches.open()
})
after(async () => await caches.stop())

/** Counts how often it was computed; the value is that count unless told. */
function counter<T = number>(value?: T) {
  const source = {
    computed: 0,
    compute: async () => {
      source.computed++
      return (value ?? source.computed) as T
    },
    tags: (): string[] | null => [],
  }
  return source
}

test('a value is computed once, and comes back as what it was: dates, bytes, undefined inside', async () => {
  const value = { at: new Date(0), bytes: Buffer.from([1, 2]), none: undefined, list: [{ deep: new Date(1) }] }
  const source = counter(value)
  const first = await cache.get('metadata', 'shape', source)
  const again = await cache.get('metadata', 'shape', source)
  assert.equal(source.computed, 1)
  assert.deepEqual(again, value)
  assert.equal(first, again)
  assert.throws(() => again.list.push({ deep: new Date(2) }), TypeError, 'what many share must not be written to')
})

test('10,000 that ask for one cold key at once cause one computation', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const source = counter()
  const slow = { ...source, compute: async () => {
    await promise
    return await source.compute()
  } }
  const asked = Array.from({ length: 10_000 }, () => cache.get('metadata', 'popular', slow))
  resolve()
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([1]))
  assert.equal(source.computed, 1)
})

test('an error is told to all who wait, and not kept', async () => {
  const failing = { compute: async () => await Promise.reject(new Error('no')), tags: () => [] }
  await Promise.all(Array.from({ length: 3 }, () => assert.rejects(cache.get('metadata', 'failing', failing), /no/)))
  assert.equal(await cache.get('metadata', 'failing', counter(5)), 5)
})

test('after its time a value is still given out once more while the next is computed; later it is waited for', async () => {
  const source = counter()
  const get = async () => await cache.get('answers', 'ages', source)
  const { ttlSeconds, staleSeconds } = cacheTypes.answers
  assert.equal(await get(), 1)
  caches.clock.ms += ttlSeconds * 1000 - 1
  assert.equal(await get(), 1, 'fresh until the end')
  caches.clock.ms += 1
  assert.equal(await get(), 1, 'stale, and renewed behind the scenes')
  await new Promise(setImmediate)
  assert.equal(await get(), 2)
  caches.clock.ms += (ttlSeconds + staleSeconds) * 1000
  assert.equal(await get(), 3)
})

test('“there is none” is kept, for a shorter time', async () => {
  const source = { computed: 0, compute: async () => void source.computed++, tags: () => [] }
  const get = async () => await cache.get('metadata', 'nobody', source)
  assert.deepEqual([await get(), await get(), source.computed], [undefined, undefined, 1])
  caches.clock.ms += (cacheTypes.metadata.absentSeconds + cacheTypes.metadata.staleSeconds) * 1000
  assert.deepEqual([await get(), source.computed], [undefined, 2])
})

test('lifetimes differ by a tenth, and can be set', async () => {
  const early = await caches.open({ random: () => 0, ttlSeconds: { answers: 100 } })
  const source = counter()
  await early.get('answers', 'jitter', source)
  caches.clock.ms += 89_999
  await early.get('answers', 'jitter', source)
  assert.equal(early.stats().types.answers.stale, 0)
  caches.clock.ms += 1
  await early.get('answers', 'jitter', source)
  assert.equal(early.stats().types.answers.stale, 1)
})

test('an invalidation takes all with the tag, and nothing else', async () => {
  const source = (tag: string) => ({ ...counter(), tags: () => [tag] })
  const [one, two] = [source('company:1'), source('company:2')]
  const get = async () => [await cache.get('lists', 'one', one), await cache.get('lists', 'two', two)]
  assert.deepEqual(await get(), [1, 1])
  await cache.invalidate(['company:1'])
  one.compute = async () => 7
  two.compute = async () => 7
  assert.deepEqual(await get(), [7, 1])
  await cache.invalidate(['type:lists'])
  assert.deepEqual(await get(), [7, 7], 'every entry has its type as a tag')
})

test('what must not be kept is not', async () => {
  const source = { ...counter(), tags: () => null }
  assert.deepEqual([await cache.get('answers', 'passing', source), await cache.get('answers', 'passing', source)], [1, 2])
  assert.equal(cache.stats().top.some((entry) => entry.id === 'answers:passing'), false)
})

test('what was read before an invalidation is not kept after it, nor told to whoever asks after it', async () => {
  const gate = Promise.withResolvers<void>()
  const values = ['old', 'new']
  const compute = async () => {
    const value = values.shift()
    if (value === 'old') await gate.promise
    return value
  }
  const source = { compute, tags: () => ['note:race'] }
  const before = cache.get('metadata', 'race', source)
  await cache.invalidate(['note:race'])
  const after = cache.get('metadata', 'race', source)
  gate.resolve()
  assert.equal(await before, 'old', 'it began before, as a query would have')
  assert.equal(await after, 'new')
  assert.equal(await cache.get('metadata', 'race', source), 'new')
})

test('memory holds what is asked for, within its bytes', async () => {
  const small = await caches.open({ l1BytesMax: 100_000 })
  const text = 'x'.repeat(5000)
  const get = async (key: string) => await small.get('metadata', key, counter(text))
  for (let index = 0; index < 100; index++) {
    await get('wanted')
    await get(`passing ${index}`)
  }
  const { types, levels } = small.stats()
  assert.ok(levels.memory.bytes <= 100_000 && levels.memory.bytes > 80_000, String(levels.memory.bytes))
  assert.ok(levels.memory.evicted >= 80)
  assert.equal(types.metadata.memory, 99, 'what was asked for again and again stayed')
  await small.get('metadata', 'huge', counter('x'.repeat(50_000)))
  assert.ok(small.stats().levels.memory.entries > 10, 'one large value does not push out the rest')
  assert.deepEqual(small.stats().top[0].id, 'metadata:wanted')
})
