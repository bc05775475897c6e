import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'

test('settings of the cache: sizes, lifetimes by type; nonsense is refused with the types that there are', () => {
  const config = readConfig({ CACHE_MEMORY_MB: '10', CACHE_DISK_MB: '0', CACHE_TTL_SECONDS: 'lists=3600,answers=60', REDIS_URL: 'redis://localhost' })
  assert.deepEqual([config.cacheMemoryBytesMax, config.cacheDiskBytesMax, config.cacheTtlSeconds, config.redisUrl], [10 * 1024 * 1024, 0, { lists: 3600, answers: 60 }, 'redis://localhost'])
  assert.throws(() => readConfig({ CACHE_TTL_SECONDS: 'nonsense=1' }), /CACHE_TTL_SECONDS: knows only metadata, /)
  assert.throws(() => readConfig({ CACHE_TTL_SECONDS: 'lists' }), /must look like/)
  assert.throws(() => readConfig({ REDIS_URL: 'http://localhost' }), /REDIS_URL/)
})
