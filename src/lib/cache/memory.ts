import type { Entry } from './entry.ts'

export interface MemoryEntry extends Entry {
  id: string
  staleUntil: number
  bytes: number
  hits: number
}

/** Values in this process, the least recently used ones going first when `bytesMax` is reached. */
export interface Memory {
  find(id: string): MemoryEntry | undefined
  store(entry: Omit<MemoryEntry, 'hits'>): void
  drop(id: string): void
  dropTags(tags: readonly string[]): void
  /** Drops all entries that `isDoomed` says. */
  dropWhere(isDoomed: (id: string) => boolean): void
  /** The most often asked for. */
  top(count: number): { id: string; hits: number; bytes: number }[]
  size(): { entries: number; bytes: number; bytes_max: number; evicted: number }
}

/** One entry may take this part of the whole; a larger one would push out too much for itself. */
const shareOfOneMax = 1 / 8

export function createMemory(bytesMax: number): Memory {
  // A Map keeps the order of insertion, so its first entry is the one that was not asked for longest.
  const entries = new Map<string, MemoryEntry>()
  const idsByTag = new Map<string, Set<string>>()
  let bytes = 0
  let evicted = 0

  const drop = (id: string) => {
    const entry = entries.get(id)
    if (entry === undefined) return
    entries.delete(id)
    bytes -= entry.bytes
    for (const tag of entry.tags) {
      const ids = idsByTag.get(tag)
      ids?.delete(id)
      if (ids?.size === 0) idsByTag.delete(tag)
    }
  }

  return {
    find: (id) => {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      entries.delete(id)
      entries.set(id, entry)
      entry.hits++
      return entry
    },
    store: (entry) => {
      const hits = entries.get(entry.id)?.hits ?? 0
      drop(entry.id)
      if (entry.bytes > bytesMax * shareOfOneMax) return
      entries.set(entry.id, { ...entry, hits })
      bytes += entry.bytes
      for (const tag of entry.tags) {
        const ids = idsByTag.get(tag)
        if (ids === undefined) idsByTag.set(tag, new Set([entry.id]))
        else ids.add(entry.id)
      }
      for (const [oldest] of entries) {
        if (bytes <= bytesMax) break
        drop(oldest)
        evicted++
      }
    },
    drop,
    dropTags: (tags) => {
      for (const tag of tags) for (const id of idsByTag.get(tag) ?? []) drop(id)
    },
    dropWhere: (isDoomed) => {
      for (const id of entries.keys()) if (isDoomed(id)) drop(id)
    },
    top: (count) => [...entries.values()].sort((a, b) => b.hits - a.hits).slice(0, count).map(({ id, hits, bytes: own }) => ({ id, hits, bytes: own })),
    size: () => ({ entries: entries.size, bytes, bytes_max: bytesMax, evicted }),
  }
}
