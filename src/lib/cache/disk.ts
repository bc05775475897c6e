import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { Log } from '../log.ts'
import { openFolder } from './folder.ts'

/** Files of compressed entries, checked when read. */
export interface Disk {
  /** Undefined when it is not there, or damaged: then it is removed. */
  find(id: string): Promise<Buffer | undefined>
  store(id: string, tags: readonly string[], bytes: Buffer): Promise<void>
  dropTags(tags: readonly string[]): Promise<void>
  size(): { entries: number; bytes: number; bytes_max: number; evicted: number; damaged: number }
  /** Resolves when what lay there from before is known. */
  ready: Promise<void>
}

const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)]
const sumBytes = 32
const headBytesMax = 65_536

/**
 * A file is: SHA-256 of the rest, the length of the head (4 bytes), the head (JSON: id and tags), the value (zstd). It gets its
 * name when it is whole. No fsync: after a power cut the sum tells what was lost.
 */
export function createDisk(options: { dir: string; bytesMax: number; log: Log }): Disk {
  const { log } = options
  const { folder, ready: scanned } = openFolder(options.dir, options.bytesMax)
  const ready = scanned.catch((error: unknown) => log.warn({ err: error }, 'the disk cache cannot be read'))
  let damaged = 0
  return {
    ready,
    find: async (id) => {
      const name = nameOf(id)
      const content = await readFile(folder.pathOf(name)).catch(() => undefined)
      if (content === undefined) return undefined
      try {
        const { head, value } = unpack(content)
        if (head.id !== id) throw new Error('another entry')
        const bytes = await decompress(value)
        await folder.note(name, content.length)
        return bytes
      } catch (error) {
        damaged++
        log.warn({ err: error, entry: id }, 'a damaged file of the cache was removed')
        await folder.drop(name)
        return undefined
      }
    },
    store: async (id, tags, bytes) => {
      const content = await pack({ id, tags }, bytes)
      if (content === undefined || content.length > options.bytesMax) return
      const name = nameOf(id)
      await writeWhole(folder.pathOf(name), content)
      await folder.note(name, content.length)
    },
    dropTags: async (tags) => {
      await ready
      for (const name of folder.names()) {
        const head = await readHead(folder.pathOf(name)).catch(() => undefined)
        if (head === undefined || head.tags.some((tag) => tags.includes(tag))) await folder.drop(name)
      }
    },
    size: () => ({ ...folder.size(), damaged }),
  }
}

interface Head {
  id: string
  tags: readonly string[]
}

function nameOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 40)
}

/** Undefined when its head is too large to be read back. */
async function pack(head: Head, bytes: Buffer): Promise<Buffer | undefined> {
  const text = Buffer.from(JSON.stringify(head))
  if (text.length > headBytesMax) return undefined
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  const rest = Buffer.concat([length, text, await compress(bytes)])
  return Buffer.concat([createHash('sha256').update(rest).digest(), rest])
}

function unpack(content: Buffer): { head: Head; value: Buffer } {
  const rest = content.subarray(sumBytes)
  if (!createHash('sha256').update(rest).digest().equals(content.subarray(0, sumBytes))) throw new Error('its checksum is wrong')
  const length = rest.readUInt32LE()
  return { head: JSON.parse(rest.toString('utf8', 4, 4 + length)) as Head, value: rest.subarray(4 + length) }
}

async function readHead(file: string): Promise<Head> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(headBytesMax + sumBytes + 4), 0, headBytesMax + sumBytes + 4, 0)
    const length = buffer.readUInt32LE(sumBytes)
    return JSON.parse(buffer.toString('utf8', sumBytes + 4, sumBytes + 4 + length)) as Head
  } finally {
    await handle.close()
  }
}

async function writeWhole(file: string, content: Buffer): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await mkdir(path.dirname(draft), { recursive: true, mode: 0o700 })
  try {
    await writeFile(draft, content, { mode: 0o600 })
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
