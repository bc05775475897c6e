import { deserialize, serialize } from 'node:v8'

/** One cached value on its way between levels. */
export interface Entry {
  value: unknown
  tags: readonly string[]
  /** Milliseconds since 1970. */
  freshUntil: number
  /** When it is wrong by time alone, and no longer even a stale answer. */
  endsAt?: number | undefined
}

/** V8's own format keeps dates, bytes and undefined as they are, which JSON does not. */
export function encodeEntry(entry: Entry): Buffer {
  return serialize([entry.value, entry.tags, entry.freshUntil, entry.endsAt])
}

/** @throws Error when the bytes are no entry */
export function decodeEntry(bytes: Uint8Array): Entry {
  const [value, tags, freshUntil, endsAt] = deserialize(bytes) as [unknown, string[], number, number | undefined]
  if (!Array.isArray(tags) || typeof freshUntil !== 'number') throw new Error('not a cache entry')
  return { value: freezeDeep(value), tags, freshUntil, endsAt }
}

/** Many callers get the very same object: whoever wrote to it would write into everybody's. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) freezeDeep(inner)
  return value
}
