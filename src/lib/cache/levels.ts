import { createHash } from 'node:crypto'
import { limits } from '../../limits.ts'
import type { CacheOptions } from './cache.ts'
import type { Announcement } from './channel.ts'
import { createDisk } from './disk.ts'
import { decodeEntry, encodeEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Generations } from './generations.ts'
import { createMemory } from './memory.ts'
import { createRedisLevel } from './redis.ts'
import { cacheTypes, canChange } from './types.ts'
import type { CacheType, CacheTypeName } from './types.ts'

/** An entry's own weight in memory besides its content: its places in maps and sets, its tags. Measured. */
const entryOverheadBytes = 400

export type Levels = ReturnType<typeof createLevels>

/** Memory, Redis and disk as one: what is found far away comes nearer, and what changed leaves all of them. */
export function createLevels(options: CacheOptions, generations: Generations) {
  const { log, now = Date.now, random = Math.random } = options
  const memory = createMemory(options.l1BytesMax)
  const disk = options.diskDir === undefined || !options.diskBytesMax ? undefined : createDisk({ dir: options.diskDir, bytesMax: options.diskBytesMax, log })
  const space = `arv:${createHash('sha256').update(`${options.space} ${options.version}`).digest('hex').slice(0, 16)}`
  const redis = options.redisUrl === undefined ? undefined : createRedisLevel({ url: options.redisUrl, space, log, onTag: (tag) => forget([tag]), watchGuard: options.watchGuard })
  const writes = createPending()
  const marks = createPending()
  const onDisk = (id: string) => `${options.version} ${id}`

  function forget(tags: readonly string[]): void {
    generations.bump(tags)
    memory.dropTags(tags)
  }

  function keepNear(id: string, type: CacheTypeName, entry: Entry, bytes: number): void {
    const staleUntil = Math.min(entry.freshUntil + cacheTypes[type].staleSeconds * 1000, entry.endsAt ?? Infinity)
    memory.store({ ...entry, id, staleUntil, bytes: bytes + 2 * id.length + entryOverheadBytes })
  }

  return {
    memory,
    forget,
    sizes: () => ({ memory: memory.size(), redis: redis?.size(), disk: disk?.size(), top: memory.top(limits.cacheTopKeysMax) }),

    /** From Redis or disk, when it is there and fresh. `clock` is what `keep` needs to store it in Redis. */
    fetch: async (id: string, type: CacheTypeName, mark: number): Promise<{ entry?: Entry; clock?: string | undefined }> => {
      const shared = canChange(type) ? await redis?.find(id) : undefined
      const bytes = canChange(type) ? shared?.bytes : await disk?.find(onDisk(id))
      const entry = bytes === undefined ? undefined : tryDecoding(bytes)
      if (bytes === undefined || entry === undefined || now() >= entry.freshUntil) return { clock: shared?.clock }
      if (!generations.changedSince(entry.tags, mark)) keepNear(id, type, entry, bytes.length)
      return { entry }
    },

    /** At every level of its type, unless one of its tags changed since `mark`. The farther ones are written in the background. */
    keep: (id: string, type: CacheTypeName, { value, tags, endsAt }: Omit<Entry, 'freshUntil'>, since: { mark: number; clock: string | undefined }): void => {
      if (generations.changedSince(tags, since.mark)) return
      const { ttlSeconds, absentSeconds }: CacheType = cacheTypes[type]
      const seconds = value === undefined ? absentSeconds : (options.ttlSeconds?.[type] ?? ttlSeconds)
      const lifeMs = Math.min(seconds * 1000 * (0.9 + 0.2 * random()), (endsAt ?? Infinity) - now())
      if (lifeMs <= 0) return
      const entry = { value, tags, freshUntil: now() + lifeMs, endsAt }
      const bytes = encodeEntry(entry)
      if (bytes.length > limits.cacheEntryBytesMax) return
      keepNear(id, type, entry, bytes.length)
      if (canChange(type) && redis !== undefined && since.clock !== undefined) writes.add(redis.store(id, since.clock, tags, Math.ceil(lifeMs), bytes), log)
      if (!canChange(type) && disk !== undefined) writes.add(disk.store(onDisk(id), tags, bytes), log)
    },

    hear: ({ tag, id, isFlush }: Announcement): void => {
      forget([tag])
      if (redis !== undefined) marks.add(redis.mark(tag, id), log)
      if (isFlush && disk !== undefined) writes.add(writes.done().then(async () => await disk.dropTags([tag])), log)
    },

    /** We may have missed announcements: what can change is not to be trusted, wherever it is. */
    distrust: (): void => {
      generations.reset()
      memory.dropWhere((id) => canChange(id.slice(0, id.indexOf(':')) as CacheTypeName))
      redis?.startAnew()
    },

    /** Resolves when Redis knows of all that was heard. */
    marked: async () => await marks.done(),
    written: async () => await writes.done(),
    close: async () => {
      await Promise.all([writes.done(), marks.done()])
      redis?.close()
      await disk?.ready
    },
  }
}

function tryDecoding(bytes: Buffer): Entry | undefined {
  try {
    return decodeEntry(bytes)
  } catch {
    return undefined
  }
}

/** Work that nobody waits for now, but somebody may later. */
function createPending() {
  const pending = new Set<Promise<unknown>>()
  return {
    add: (work: Promise<unknown>, log: CacheOptions['log']): void => {
      const done = work.catch((error: unknown) => log.debug({ err: error }, 'the cache could not write')).finally(() => pending.delete(done))
      pending.add(done)
    },
    done: async (): Promise<void> => void (await Promise.all(pending)),
  }
}
