import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** Files of one folder and their sizes, held within `bytesMax`: the least recently used ones go first. */
export interface Folder {
  pathOf(name: string): string
  /** Notes that a file was written or read. */
  note(name: string, size: number): Promise<void>
  drop(name: string): Promise<void>
  names(): string[]
  size(): { entries: number; bytes: number; bytes_max: number; evicted: number }
}

/** A file still being written has a dot in its name; one that old was left by a process that was killed. */
const draftMaxMs = 60_000

/** `ready` resolves when what lay there from before is known too. */
export function openFolder(dir: string, bytesMax: number): { folder: Folder; ready: Promise<void> } {
  // Name → bytes, in the order of last use.
  const files = new Map<string, number>()
  let bytes = 0
  let evicted = 0

  const pathOf = (name: string) => path.join(dir, name.slice(0, 2), name)
  const remember = (name: string, size: number | undefined) => {
    bytes += (size ?? 0) - (files.get(name) ?? 0)
    files.delete(name)
    if (size !== undefined) files.set(name, size)
  }
  const drop = async (name: string) => {
    remember(name, undefined)
    await rm(pathOf(name), { force: true })
  }
  const shrink = async () => {
    for (const name of files.keys()) {
      if (bytes <= bytesMax) return
      evicted++
      await drop(name)
    }
  }
  const scan = async () => {
    const found = await findFiles(dir)
    const usedMeanwhile = [...files]
    for (const { name, size } of found) remember(name, size)
    for (const [name, size] of usedMeanwhile) if (files.has(name)) remember(name, size)
    await shrink()
  }
  const folder: Folder = {
    pathOf,
    note: async (name, size) => {
      remember(name, size)
      await shrink()
    },
    drop,
    names: () => [...files.keys()],
    size: () => ({ entries: files.size, bytes, bytes_max: bytesMax, evicted }),
  }
  return { folder, ready: scan() }
}

/** Oldest first. Removes drafts that nobody writes any more. */
async function findFiles(dir: string): Promise<{ name: string; size: number; usedAt: number }[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const found: { name: string; size: number; usedAt: number }[] = []
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const facts = entry.isFile() ? await stat(file).catch(() => undefined) : undefined
    if (facts === undefined) continue
    if (!entry.name.includes('.')) found.push({ name: entry.name, size: facts.size, usedAt: facts.mtimeMs })
    else if (Date.now() - facts.mtimeMs > draftMaxMs) await rm(file, { force: true })
  }
  return found.sort((a, b) => a.usedAt - b.usedAt)
}
