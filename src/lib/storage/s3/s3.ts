import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits.ts'
import type { Log } from '../../log.ts'
import type { Guard } from '../../resilience/guard.ts'
import { asStorageError } from '../full.ts'
import { openIncoming } from '../incoming.ts'
import { checkKey } from '../key.ts'
import type { Storage } from '../storage.ts'
import { createS3Client } from './client.ts'
import type { S3Client, S3Object, S3Settings } from './client.ts'
import { hashFile, openNear } from './near.ts'
import type { Near } from './near.ts'

export interface S3StorageOptions extends S3Settings {
  /** For files still being written and for copies of what is asked for often. */
  dir: string
  nearBytesMax: number
  /** Nobody else is at work in `dir`. */
  alone?: boolean
  /** Told of the guard that stands before the store. */
  watchGuard?: ((guard: Guard) => void) | undefined
  log: Log
}

/**
 * Files in a bucket of any S3-compatible store, with copies of the busy ones nearby. Nothing is acknowledged before the store has
 * it. While the store is away, what lies near is still served.
 */
export async function createS3Storage(options: S3StorageOptions): Promise<Storage & { near: Near; client: S3Client }> {
  const { dir, log } = options
  const incoming = await openIncoming(path.join(dir, 'incoming'), options)
  const near = await openNear(path.join(dir, 'near'), options.nearBytesMax)
  const client = createS3Client(options)
  options.watchGuard?.(client.guard)
  const known = createKnown(client)
  const copies = createCopies({ client, near, incoming: incoming.folder, log })

  async function remove(key: string): Promise<void> {
    known.forget(key)
    await client.remove(key).catch((error: unknown) => { throw explain(error) })
    await near.drop(key)
  }

  return {
    near,
    client,
    incoming: incoming.folder,
    adopt: async (file, key) => {
      checkKey(key)
      try {
        if ((await known.find(key)) === undefined) {
          const facts = { size: (await stat(file)).size, sha256: await hashFile(file) }
          await client.put(key, file, facts)
          known.note(key, facts)
          if (facts.size < options.nearBytesMax) await near.take(file, key, facts.sha256)
        }
        await rm(file, { force: true })
      } catch (error) {
        throw explain(asStorageError(error))
      }
    },
    find: async (key) => {
      checkKey(key)
      try {
        const found = await known.find(key)
        if (found === undefined) await near.drop(key)
        return found && { size: found.size }
      } catch (error) {
        const copy = await near.verify(key)
        if (copy !== undefined) return { size: copy.size }
        throw explain(error)
      }
    },
    read: (key, range) => {
      checkKey(key)
      return Readable.from(readNearOrFar(client, near, key, range, () => copies.noteMiss(key)), { objectMode: false, highWaterMark: limits.mediaReadPieceBytes })
    },
    localPath: async (key) => {
      checkKey(key)
      try {
        const file = (await near.verify(key))?.path ?? (await copies.fill(key))
        await near.pin(key)
        return file
      } catch (error) {
        throw explain(error)
      }
    },
    remove: async (key) => await remove(checkKey(key)),
    removeAll: async (hash) => {
      checkKey(`${hash}/all`)
      const keys = await client.list(`${hash}/`).catch((error: unknown) => { throw explain(error) })
      for (const key of keys) await remove(key)
    },
    close: async () => {
      await copies.settle()
      client.close()
      await incoming.close()
    },
  }
}

interface Copying {
  client: S3Client
  near: Near
  incoming: string
  log: Log
}

/** Makes copies nearby: of what a job needs at once, of what is asked for again in the background. */
function createCopies({ client, near, incoming, log }: Copying) {
  const filling = new Map<string, Promise<string>>()
  const asked = new Map<string, number>()

  async function fill(key: string): Promise<string> {
    const running = filling.get(key) ?? copyNear(client, near, key, path.join(incoming, `near-${randomUUID()}`)).finally(() => filling.delete(key))
    filling.set(key, running)
    return await running
  }

  return {
    fill,
    settle: async () => void (await Promise.allSettled(filling.values())),
    /** What is asked for a second time is worth a copy; whoever asks now is served from afar. */
    noteMiss: (key: string): void => {
      const times = (asked.get(key) ?? 0) + 1
      if (asked.size >= limits.s3KnownKeysMax) asked.clear()
      asked.set(key, times)
      if (times < 2 || filling.size >= limits.s3FillsMax || near.size().bytes_max === 0) return
      near.verify(key).then(async (found) => found ?? (await fill(key))).catch((error: unknown) => log.debug({ err: error, key }, 'no copy was made nearby'))
    },
  }
}

/** A key's bytes never change, so what is known of it holds; only that it is still there is asked again now and then. */
function createKnown(client: S3Client) {
  const objects = new Map<string, S3Object & { askedAt: number }>()
  const note = (key: string, object: S3Object) => {
    if (objects.size >= limits.s3KnownKeysMax) objects.delete(objects.keys().next().value!)
    objects.set(key, { ...object, askedAt: performance.now() })
  }
  return {
    note,
    forget: (key: string) => objects.delete(key),
    find: async (key: string): Promise<S3Object | undefined> => {
      const kept = objects.get(key)
      if (kept !== undefined && performance.now() - kept.askedAt < limits.s3RecheckMs) return kept
      const found = await client.head(key)
      if (found === undefined) objects.delete(key)
      else note(key, found)
      return found
    },
  }
}

async function copyNear(client: S3Client, near: Near, key: string, draft: string): Promise<string> {
  try {
    const response = await client.get(key)
    if (response === undefined) throw new AppError('not_found')
    await pipeline(response, createWriteStream(draft, { flags: 'wx', mode: 0o600 }))
    const sha256 = await hashFile(draft)
    const noted = response.headers['x-amz-meta-sha256']
    if (noted !== undefined && noted !== sha256) throw new Error(`${key} came damaged from the object store`)
    return await near.take(draft, key, sha256)
  } finally {
    await rm(draft, { force: true })
  }
}

const resumesMax = 2

/** From the copy nearby when there is one, else from the store; a stream that breaks off goes on where it was. */
async function* readNearOrFar(client: S3Client, near: Near, key: string, range: { start: number; end: number } | undefined, onMiss: () => void): AsyncGenerator<Buffer> {
  const copy = await near.find(key)
  let start = range?.start ?? 0
  if (copy !== undefined) {
    try {
      for await (const piece of createReadStream(copy.path, { highWaterMark: limits.mediaReadPieceBytes, start, end: range?.end })) {
        yield piece as Buffer
        start += (piece as Buffer).length
      }
      return
    } catch (error) {
      // Removed by another process since: the store has it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  onMiss()
  for (let resumes = 0; ; resumes++) {
    const whole = start === 0 && range === undefined
    const response = await client.get(key, whole ? undefined : { start, ...(range === undefined ? {} : { end: range.end }) })
    if (response === undefined) throw new AppError('not_found')
    if (!whole && !response.headers['content-range']?.startsWith(`bytes ${start}-`)) {
      response.destroy()
      throw new AppError('storage_unavailable', { cause: new Error('the object store does not heed Range'), details: { seconds: 30 } })
    }
    try {
      for await (const piece of response) {
        yield piece as Buffer
        start += (piece as Buffer).length
      }
      return
    } catch (error) {
      if (resumes === resumesMax) throw error
    } finally {
      response.destroy()
    }
  }
}

/** Whatever the store's trouble is, whoever asked can only come again later. */
function explain(error: unknown): unknown {
  if (error instanceof AppError) return error
  return new AppError('storage_unavailable', { cause: error, details: { seconds: 30 } })
}

