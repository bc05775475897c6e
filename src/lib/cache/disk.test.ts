import assert from 'node:assert/strict'
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { openCaches, patient } from '../../../test/caches.ts'
import type { Caches } from '../../../test/caches.ts'
import { cacheTypes } from './types.ts'

let caches: Caches
before(async () => {
  caches = await openCaches()
})
after(async () => await caches.stop())

const text = 'A value that is worth compressing. '.repeat(1000)

/** Asks for `text`; tells which it was: computed, or kept. */
async function ask(cache: Awaited<ReturnType<Caches['open']>>, key: string, tags: string[] = []): Promise<'computed' | 'kept'> {
  let how: 'computed' | 'kept' = 'kept'
  const value = await cache.get('media_info', key, { tags: () => tags, compute: async () => {
    how = 'computed'
    return { text, at: new Date(7), key }
  } })
  assert.deepEqual(value, { text, at: new Date(7), key })
  return how
}

/** A cache over a folder of this name, then closed: as a process that starts and ends. */
async function life<T>(name: string, during: (cache: Awaited<ReturnType<Caches['open']>>) => Promise<T>, diskBytesMax = 1 << 20): Promise<T> {
  const cache = await caches.open({ diskDir: path.join(caches.dir, name), diskBytesMax, ...patient })
  try {
    return await during(cache)
  } finally {
    await cache.close()
  }
}

async function listFiles(name: string): Promise<string[]> {
  const entries = await readdir(path.join(caches.dir, name), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

test('the disk keeps values through a restart, compressed, until their time is over', async () => {
  assert.equal(await life('restart', async (cache) => await ask(cache, 'a')), 'computed')
  const [file] = await listFiles('restart')
  assert.ok((await stat(file)).size < 1000, `${text.length} bytes were not compressed`)
  await life('restart', async (cache) => {
    assert.equal(await ask(cache, 'a'), 'kept')
    assert.equal(cache.stats().types.media_info.disk, 1)
    assert.equal(await ask(cache, 'a'), 'kept')
    assert.equal(cache.stats().types.media_info.memory, 1, 'the second time from memory')
  })
  caches.clock.ms += cacheTypes.media_info.ttlSeconds * 1000
  assert.equal(await life('restart', async (cache) => await ask(cache, 'a')), 'computed')
})

test('a file that is damaged, cut off, empty or another’s is computed anew', async () => {
  const damages: Record<string, (file: string) => Promise<void>> = {
    'one bit': async (file) => {
      const bytes = await readFile(file)
      bytes[bytes.length - 20] ^= 1
      await writeFile(file, bytes)
    },
    'cut off': async (file) => await truncate(file, 100),
    empty: async (file) => await truncate(file, 0),
    zeros: async (file) => await writeFile(file, Buffer.alloc(500)),
    foreign: async (file) => {
      const others = await life('others', async (cache) => await ask(cache, 'other').then(async () => await listFiles('others')), 1 << 20)
      await writeFile(file, await readFile(others.length > 0 ? others[0] : (await listFiles('others'))[0]))
    },
  }
  for (const [name, damage] of Object.entries(damages)) {
    await life('damage', async (cache) => await ask(cache, name))
    await life('damage', async (cache) => {
      assert.equal(await ask(cache, name), 'kept', name)
    })
    for (const file of await listFiles('damage')) await damage(file)
    await life('damage', async (cache) => {
      assert.equal(await ask(cache, name), 'computed', name)
      assert.equal(cache.stats().levels.disk?.damaged, 1, name)
    })
    assert.equal(await life('damage', async (cache) => await ask(cache, name)), 'kept', `${name}: whole again`)
    await life('damage', async (cache) => await cache.invalidate(['type:media_info']))
    assert.deepEqual(await listFiles('damage'), [], 'a flush takes files of earlier lives too')
  }
})

test('the disk stays within its bytes, and keeps what was used last', async () => {
  const size = 20_000
  await life('bounded', async (cache) => {
    for (let index = 0; index < 200; index++) {
      await ask(cache, `k${index}`)
      await ask(cache, 'wanted')
    }
  }, size)
  let total = 0
  for (const file of await listFiles('bounded')) total += (await stat(file)).size
  assert.ok(total <= size && total > size / 2, `${total} bytes`)
  await life('bounded', async (cache) => {
    assert.equal(await ask(cache, 'k199'), 'kept')
    assert.equal(await ask(cache, 'k0'), 'computed')
  }, size)
  await life('bounded', async (cache) => {
    await cache.get('media_info', 'too large', { tags: () => [], compute: async () => Buffer.alloc(size * 2).map((_, index) => (index * 7919) % 251) })
  }, size / 10)
  assert.ok((await listFiles('bounded')).length * 100 < size, 'a smaller bound counts from the next start on')
})

test('a disk that cannot be written makes nothing fail', async () => {
  await writeFile(path.join(caches.dir, 'blocked'), 'a file where the folder should be')
  assert.equal(await life('blocked', async (cache) => await ask(cache, 'a')), 'computed')
})
