import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Redis } from 'ioredis'
import type { Cache } from '../../src/lib/cache/cache.ts'
import type { CacheTypeName } from '../../src/lib/cache/types.ts'
import { openCaches, patient } from '../../test/caches.ts'
import { waitFor } from '../../test/factories.ts'

/** Microseconds per question, ours and the bare thing beside it. */
export interface Hit {
  ours: number
  bare: number
}

export interface Hits {
  memory: Hit
  redis: Hit
  disk: Hit
  /** Computations for 10,000 that ask for one cold key at once, and how long all of them took. */
  crowd: { computed: number; milliseconds: number }
  /** Of what the process really grew by when memory was filled, per byte that the cache counts. */
  memoryPerByte: number
}

/** About what a guest's link leads to. */
const value = { content: { id: 1, code: 'abcdefghij', previews: Array.from({ length: 8 }, (_, index) => ({ key: randomBytes(32).toString('hex'), width: index * 160 })), createdAt: new Date() }, videos: [{ id: 2, title: 'video' }] }

export async function measureHits(redisUrl: string, rounds: number): Promise<Hits> {
  const caches = await openCaches(patient)
  try {
    const near = await caches.open({ l1BytesMax: 1 << 24 })
    // Without room in memory every question goes to the farther level.
    const far = await caches.open({ l1BytesMax: 1, redisUrl, diskDir: caches.dir, diskBytesMax: 1 << 24 })
    await waitFor('Redis to be there', async () => far.stats(), ({ levels }) => levels.redis?.connected === true)
    return {
      memory: await measureMemory(near, rounds * 100),
      redis: await measureRedis(far, redisUrl, rounds),
      disk: await measureDisk(far, caches.dir, rounds),
      crowd: await measureCrowd(near),
      memoryPerByte: await measureMemoryPerByte(await caches.open({ l1BytesMax: 100 << 20 })),
    }
  } finally {
    await caches.stop()
  }
}

async function measureMemory(cache: Cache, rounds: number): Promise<Hit> {
  const keys = Array.from({ length: 1000 }, (_, index) => `link ${index}`)
  const map = new Map<string, Promise<unknown>>()
  for (const key of keys) {
    await ask(cache, 'metadata', key)
    map.set(`metadata:${key}`, Promise.resolve(value))
  }
  return await sideBySide(rounds, async (index) => await ask(cache, 'metadata', keys[index % 1000]), async (index) => await map.get(`metadata:${keys[index % 1000]}`))
}

async function measureRedis(cache: Cache, redisUrl: string, rounds: number): Promise<Hit> {
  const bare = new Redis(redisUrl)
  const [{ serialize, deserialize }] = [await import('node:v8')]
  await bare.set('bare', serialize(value))
  await waitFor('the value to be in Redis', async () => {
    await ask(cache, 'metadata', 'far')
    return cache.stats().types.metadata.redis
  }, (hits) => hits > 0)
  const hit = await sideBySide(rounds, async () => await ask(cache, 'metadata', 'far'), async () => deserialize((await bare.getBuffer('bare')) as Buffer))
  bare.disconnect()
  return hit
}

async function measureDisk(cache: Cache, dir: string, rounds: number): Promise<Hit> {
  const file = path.join(dir, 'bare.file')
  const { serialize, deserialize } = await import('node:v8')
  await writeFile(file, serialize(value))
  await waitFor('the value to be on disk', async () => {
    await ask(cache, 'media_info', 'far')
    return cache.stats().types.media_info.disk
  }, (hits) => hits > 0)
  return await sideBySide(rounds, async () => await ask(cache, 'media_info', 'far'), async () => deserialize(await readFile(file)))
}

async function ask(cache: Cache, type: CacheTypeName, key: string): Promise<unknown> {
  return await cache.get(type, key, { compute: async () => structuredClone(value), tags: () => ['content:1', 'project:1', 'company:1', 'photo:1'] })
}

/** In turns, so that a busy moment hits both; the median turn of each. */
async function sideBySide(rounds: number, ours: (index: number) => Promise<unknown>, bare: (index: number) => Promise<unknown>): Promise<Hit> {
  const turns = 11
  const time = async (work: (index: number) => Promise<unknown>) => {
    const started = performance.now()
    for (let index = 0; index < rounds / turns; index++) await work(index)
    return ((performance.now() - started) * 1000) / Math.ceil(rounds / turns)
  }
  const times = { ours: [] as number[], bare: [] as number[] }
  for (let turn = 0; turn < turns; turn++) {
    times.ours.push(await time(ours))
    times.bare.push(await time(bare))
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]
  return { ours: median(times.ours), bare: median(times.bare) }
}

async function measureCrowd(cache: Cache): Promise<Hits['crowd']> {
  let computed = 0
  const compute = async () => {
    computed++
    await new Promise((resolve) => setTimeout(resolve, 200))
    return value
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: 10_000 }, () => cache.get('metadata', 'crowd', { compute, tags: () => [] })))
  return { computed, milliseconds: performance.now() - started }
}

async function measureMemoryPerByte(cache: Cache): Promise<number> {
  const weigh = () => {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = weigh()
  for (let index = 0; cache.stats().levels.memory.bytes < 50 << 20; ) for (const end = index + 1000; index < end; index++) await ask(cache, 'metadata', `weighed ${index}`)
  return (weigh() - before) / cache.stats().levels.memory.bytes
}
