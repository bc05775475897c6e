import type { Disk } from './disk.ts'
import type { Memory } from './memory.ts'
import type { RedisLevel } from './redis.ts'
import { cacheTypeNames, cacheTypes } from './types.ts'
import type { CacheTypeName, Level } from './types.ts'

/**
 * How a question was answered: from a level; `stale`, from memory while a newer value is computed; `joined`, with a computation
 * that was under way; `computed`, anew. `bypassed` counts those that could not trust what is kept.
 */
export type Outcome = Level | 'stale' | 'joined' | 'computed' | 'bypassed'

export interface CacheStats {
  /** Whether this instance hears of changes right now. False also after a while without questions. */
  trusted: boolean
  types: Record<CacheTypeName, Record<Outcome, number>>
  levels: {
    memory: ReturnType<Memory['size']> & { hits: number; misses: number }
    redis: (ReturnType<RedisLevel['size']> & { hits: number; misses: number }) | null
    disk: (ReturnType<Disk['size']> & { hits: number; misses: number }) | null
  }
  /** The keys in memory that are asked for most. */
  top: ReturnType<Memory['top']>
}

interface Sizes {
  memory: ReturnType<Memory['size']>
  redis: ReturnType<RedisLevel['size']> | undefined
  disk: ReturnType<Disk['size']> | undefined
  trusted: boolean
  top: ReturnType<Memory['top']>
}

export function createCounters() {
  const none = (): Record<Outcome, number> => ({ memory: 0, redis: 0, disk: 0, stale: 0, joined: 0, computed: 0, bypassed: 0 })
  const types = Object.fromEntries(cacheTypeNames.map((name) => [name, none()])) as Record<CacheTypeName, Record<Outcome, number>>
  const sum = (outcome: Outcome) => cacheTypeNames.reduce((total, name) => total + types[name][outcome], 0)
  return {
    count: (type: CacheTypeName, outcome: Outcome): void => void types[type][outcome]++,
    read: (sizes: Sizes): CacheStats => {
      const [redisHits, diskHits, computed] = [sum('redis'), sum('disk'), sum('computed')]
      // What was computed had been missed at the far level of its own type, and at no other.
      const missedAt = (level: Level) => cacheTypeNames.reduce((total, name) => total + ((cacheTypes[name].levels as readonly Level[]).includes(level) ? types[name].computed : 0), 0)
      return {
        trusted: sizes.trusted,
        types: structuredClone(types),
        levels: {
          memory: { ...sizes.memory, hits: sum('memory') + sum('stale'), misses: redisHits + diskHits + computed },
          redis: sizes.redis === undefined ? null : { ...sizes.redis, hits: redisHits, misses: missedAt('redis') },
          disk: sizes.disk === undefined ? null : { ...sizes.disk, hits: diskHits, misses: missedAt('disk') },
        },
        top: sizes.top,
      }
    },
  }
}
