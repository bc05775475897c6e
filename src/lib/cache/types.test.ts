import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { cacheTypeNames, cacheTypes, canChange } from './types.ts'
import type { CacheType, Level } from './types.ts'

const src = path.join(import.meta.dirname, '../..')

test('every type has a caller, and every caller’s type is in the table', () => {
  const callers = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(path.join(src, file), 'utf8').matchAll(/\bcache\.get\('(\w+)'/g)].map((match) => match[1]))
  assert.deepEqual([...new Set(callers)].sort(), [...cacheTypeNames].sort(), 'remove the type, or use it')
})

test('what can change is never on disk, where no invalidation reaches it while we are down', () => {
  for (const name of cacheTypeNames) assert.equal((cacheTypes[name].levels as readonly Level[]).includes('disk'), !canChange(name), name)
})

test('“there is none” counts shorter than what there is', () => {
  for (const [name, type] of Object.entries(cacheTypes) as [string, CacheType][]) assert.ok(type.absentSeconds < type.ttlSeconds, name)
})
