import { limits } from '../../limits.ts'
import type { Database } from '../db/db.ts'
import type { Log } from '../log.ts'
import type { Guard } from '../resilience/guard.ts'
import { openChannel } from './channel.ts'
import { createCounters } from './counters.ts'
import type { CacheStats } from './counters.ts'
import { freezeDeep } from './entry.ts'
import { createFlights } from './flights.ts'
import type { Obtained } from './flights.ts'
import { createGenerations } from './generations.ts'
import { createLevels } from './levels.ts'
import { cacheTypes, canChange } from './types.ts'
import type { CacheTypeName } from './types.ts'

export interface Source<T> {
  /** Finds the value where it is true. Undefined, “there is none”, is kept too, for a shorter time; errors are not. */
  compute: () => Promise<T>
  /** What the value stands on: when one of them changes, it is forgotten. Null: not to be kept at all. */
  tags: (value: T) => readonly string[] | null
  /** When it becomes wrong by time alone, in milliseconds since 1970; undefined: never. */
  endsAt?: (value: T) => number | undefined
}

export interface Cache {
  /**
   * The value of `key`, computed once however many ask. Never what was so before a change that was acknowledged more than
   * `limits.cacheStalenessMaxMs` ago. Several callers share the result: it is frozen. Errors: those of `compute`, to all who wait for it.
   * What decides about a write is to be read from the database, not from here.
   */
  get<T>(type: CacheTypeName, key: string, source: Source<T>): Promise<T>
  /**
   * What memory holds of it and is fresh: at once, or as soon as it can be trusted. Undefined, at once or later, when only `get` can tell.
   */
  peek<T>(type: CacheTypeName, key: string): T | Promise<T | undefined> | undefined
  /** Resolves when all that was committed before is heard of here: then nobody is shown less than they just wrote. */
  settle(): Promise<void>
  /** Forgets everything with one of `tags`, at every instance and level. What transactions change is announced without this. */
  invalidate(tags: readonly string[]): Promise<void>
  stats(): CacheStats
  close(): Promise<void>
}

export interface CacheOptions {
  database: Database
  /** What the values come from; caches of other databases may use the same Redis. */
  space: string
  /** Of the code: what another version computed may have another shape. */
  version: string
  log: Log
  l1BytesMax: number
  redisUrl?: string | undefined
  /** Is given the guard that stands before Redis. */
  watchGuard?: ((guard: Guard) => void) | undefined
  diskDir?: string | undefined
  diskBytesMax?: number
  /** Instead of those of the table. */
  ttlSeconds?: Partial<Record<CacheTypeName, number>>
  /** Instead of `limits.cacheLeaseMs` and `limits.cacheLeaseWaitMs`. */
  leaseMs?: number
  waitMs?: number
  /** Milliseconds since 1970. */
  now?: () => number
  random?: () => number
}

export async function createCache(options: CacheOptions): Promise<Cache> {
  const { log, now = Date.now } = options
  const counters = createCounters()
  const generations = createGenerations()
  const flights = createFlights(generations)
  const levels = createLevels(options, generations)
  const channel = await openChannel({ ...options, onChange: levels.hear, onReset: levels.distrust })
  const hearsOfChanges = async () => channel.isFresh() || (await channel.freshen())

  async function get<T>(type: CacheTypeName, key: string, source: Source<T>): Promise<T> {
    const id = `${type}:${key}`
    const trusted = !canChange(type) || (await hearsOfChanges())
    if (!trusted) counters.count(type, 'bypassed')
    const kept = trusted ? levels.memory.find(id) : undefined
    const time = now()
    if (kept !== undefined && time < kept.freshUntil) {
      counters.count(type, 'memory')
      return kept.value as T
    }
    const obtainNow = async (mark: number) => await obtain(id, type, source, mark, trusted)
    if (kept !== undefined && time < kept.staleUntil) {
      counters.count(type, 'stale')
      if (!flights.has(id)) flights.start(id, obtainNow).catch((error: unknown) => log.debug({ err: error, entry: id }, 'a cached value could not be renewed'))
      return kept.value as T
    }
    const { value, joined } = await flights.share(id, obtainNow, async ({ startedAt }) =>
      !canChange(type) || performance.now() - startedAt < limits.cacheStalenessMaxMs || (await hearsOfChanges()))
    if (joined) counters.count(type, 'joined')
    return value
  }

  /** From a farther level when it has it, else computed, and kept. */
  async function obtain<T>(id: string, type: CacheTypeName, source: Source<T>, mark: number, trusted: boolean): Promise<Obtained<T>> {
    const { entry, clock } = trusted ? await levels.fetch(id, type, mark) : {}
    if (entry !== undefined) {
      counters.count(type, cacheTypes[type].levels[1])
      return { value: entry.value as T, tags: entry.tags }
    }
    const value = freezeDeep(await source.compute())
    counters.count(type, 'computed')
    const own = source.tags(value)
    if (own === null) return { value, tags: [] }
    const tags = [...own, `type:${type}`]
    levels.keep(id, type, { value, tags, endsAt: source.endsAt?.(value) }, { mark, clock })
    return { value, tags }
  }

  function peek<T>(type: CacheTypeName, key: string): T | Promise<T | undefined> | undefined {
    const kept = levels.memory.find(`${type}:${key}`)
    if (kept === undefined || now() >= kept.freshUntil) return undefined
    if (canChange(type) && !channel.isFresh()) return hearsOfChanges().then((trusted) => (trusted ? peek<T>(type, key) : undefined))
    counters.count(type, 'memory')
    return kept.value as T
  }

  return {
    get,
    peek,
    settle: async () => {
      await channel.settle()
      await levels.marked()
    },
    invalidate: async (tags) => {
      levels.forget(tags)
      await channel.announce(tags)
      await channel.settle()
      await Promise.all([levels.marked(), levels.written()])
    },
    stats: () => counters.read({ ...levels.sizes(), trusted: channel.isFresh() }),
    close: async () => {
      await channel.close()
      await levels.close()
    },
  }
}
