import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { limits } from '../../../limits.ts'

/**
 * Copies of stored files on a disk nearby: the disk level of the cache, for media. What is used least recently goes first. All that
 * it knows stands in the folder itself (a file's time is that of its last use), so several processes may share it.
 */
export interface Near {
  /** Where a copy lies whose bytes are proved to be right; undefined when there is none, or not yet. */
  find(key: string): Promise<{ path: string; size: number } | undefined>
  /** As `find`, and waits for the proof. Damaged copies are removed. */
  verify(key: string): Promise<{ path: string; size: number } | undefined>
  /** Moves a finished file here. Returns its place. */
  take(file: string, key: string, sha256: string): Promise<string>
  /** Keeps it for as long as a job may need it. */
  pin(key: string): Promise<void>
  drop(key: string): Promise<void>
  size(): { bytes: number; bytes_max: number; evicted: number; damaged: number }
}

const touchMs = 60_000
/** Of what is allowed, after the rest had to go. */
const keptShare = 0.9

export async function openNear(dir: string, bytesMax: number): Promise<Near> {
  /** Copies that this process has read whole, and when it last noted their use. */
  const proved = new Map<string, { size: number; touchedAt: number }>()
  const proving = new Map<string, Promise<{ path: string; size: number } | undefined>>()
  const counts = { bytes: 0, evicted: 0, damaged: 0 }
  let unseen = 0
  let shrinking: Promise<void> | undefined
  await mkdir(dir, { recursive: true, mode: 0o700 })

  const pathOf = (key: string) => path.join(dir, key.slice(0, 2), key)
  const sumOf = (key: string) => `${pathOf(key)}.sha256`

  async function drop(key: string): Promise<void> {
    proved.delete(key)
    await Promise.all([rm(pathOf(key), { force: true }), rm(sumOf(key), { force: true })])
  }

  async function find(key: string): Promise<{ path: string; size: number } | undefined> {
    const known = proved.get(key)
    if (known === undefined) return undefined
    if (Date.now() - known.touchedAt > touchMs) {
      const isThere = await touch(pathOf(key), Date.now()).catch(() => false)
      if (!isThere) return void proved.delete(key)
      known.touchedAt = Date.now()
    }
    return { path: pathOf(key), size: known.size }
  }

  async function prove(key: string): Promise<{ path: string; size: number } | undefined> {
    const outcome = await compareSum(pathOf(key), sumOf(key))
    if (typeof outcome === 'number') proved.set(key, { size: outcome, touchedAt: 0 })
    else if (outcome === 'damaged') {
      counts.damaged++
      await drop(key)
    }
    return await find(key)
  }

  async function shrink(): Promise<void> {
    unseen = 0
    const { bytes, dropped } = await listExcess(dir, bytesMax)
    for (const key of dropped) await drop(key)
    counts.bytes = bytes
    counts.evicted += dropped.length
  }
  const shrinkOnce = () => (shrinking ??= shrink().finally(() => (shrinking = undefined)))
  await shrinkOnce()

  return {
    find,
    verify: async (key) => {
      const found = await find(key)
      if (found !== undefined) return found
      const running = proving.get(key) ?? prove(key).finally(() => proving.delete(key))
      proving.set(key, running)
      return await running
    },
    take: async (file, key, sha256) => {
      const target = pathOf(key)
      const { size } = await stat(file)
      await moveIn(file, { target, sumFile: sumOf(key), sha256 })
      proved.set(key, { size, touchedAt: Date.now() })
      counts.bytes += size
      unseen += size
      if (counts.bytes > bytesMax || unseen > bytesMax / 10) await shrinkOnce()
      return target
    },
    pin: async (key) => {
      const until = Date.now() + limits.localPathMs
      const known = proved.get(key)
      if (known !== undefined) known.touchedAt = until
      await touch(pathOf(key), until)
    },
    drop,
    size: () => ({ ...counts, bytes_max: bytesMax }),
  }
}

/** Looks at what there is, also from other processes: what was used least recently is to go. `bytes` is what stays. */
async function listExcess(dir: string, bytesMax: number): Promise<{ bytes: number; dropped: string[] }> {
  const files = await listFiles(dir)
  let bytes = files.reduce((sum, file) => sum + file.size, 0)
  const dropped: string[] = []
  if (bytes <= bytesMax) return { bytes, dropped }
  for (const { key, size, usedAt } of files.sort((one, other) => one.usedAt - other.usedAt)) {
    // In use by a job: until then its time lies ahead.
    if (bytes <= bytesMax * keptShare || usedAt > Date.now()) break
    dropped.push(key)
    bytes -= size
  }
  return { bytes, dropped }
}

/** First the sum, then the file: a file without one counts for nothing. */
async function moveIn(file: string, { target, sumFile, sha256 }: { target: string; sumFile: string; sha256: string }): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.sum`, sha256)
  await rename(`${file}.sum`, sumFile)
  await touch(file, Date.now())
  await rename(file, target)
}

/** The file's size when its bytes are those that were noted. */
async function compareSum(file: string, sumFile: string): Promise<number | 'absent' | 'damaged'> {
  const sum = await readFile(sumFile, 'utf8').catch(() => undefined)
  const facts = await stat(file).catch(() => undefined)
  if (sum === undefined || facts === undefined) return 'absent'
  return (await hashFile(file).catch(() => '')) === sum ? facts.size : 'damaged'
}

/** A time ahead of us, which says that somebody is at work on it, is left. */
async function touch(file: string, at: number): Promise<boolean> {
  const { mtimeMs } = await stat(file)
  if (mtimeMs < at) await utimes(file, at / 1000, at / 1000)
  return true
}

/** Hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: limits.mediaReadPieceBytes })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

async function listFiles(dir: string): Promise<{ key: string; size: number; usedAt: number }[]> {
  const found: { key: string; size: number; usedAt: number }[] = []
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.sha256')) continue
    const facts = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined)
    if (facts !== undefined) found.push({ key: `${path.basename(entry.parentPath)}/${entry.name}`, size: facts.size, usedAt: facts.mtimeMs })
  }
  return found
}
