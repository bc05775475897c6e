import type { CacheStats } from '../lib/cache/counters.ts'
import { cacheTypeNames, cacheTypes } from '../lib/cache/types.ts'
import type { CacheTypeName, Level } from '../lib/cache/types.ts'

/** `origin`: where the value is true; it is asked when no level has it. */
export interface LookUps {
  level: Level | 'origin'
  type: CacheTypeName
  result: 'hit' | 'stale' | 'miss' | 'computed' | 'joined' | 'bypassed'
  count: number
}

/** What the cache was asked, level by level: a question goes on to the next level when one misses. */
export function countLookUps(stats: CacheStats): LookUps[] {
  return cacheTypeNames.flatMap((type) => {
    const { memory, stale, joined, computed, bypassed, redis, disk } = stats.types[type]
    const far = cacheTypes[type].levels[1]
    const atOrigin: LookUps[] = [
      { level: 'memory', type, result: 'hit', count: memory },
      { level: 'memory', type, result: 'stale', count: stale },
      { level: 'memory', type, result: 'miss', count: redis + disk + computed + joined },
      { level: 'origin', type, result: 'computed', count: computed },
      { level: 'origin', type, result: 'joined', count: joined },
      { level: 'origin', type, result: 'bypassed', count: bypassed },
    ]
    if (stats.levels[far] === null) return atOrigin
    return [...atOrigin, { level: far, type, result: 'hit', count: stats.types[type][far] }, { level: far, type, result: 'miss', count: computed }]
  })
}
