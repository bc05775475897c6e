import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { limits } from '../../limits.ts'
import { claimFolder, FolderTakenError } from '../ownership.ts'

/** A folder of this process alone for files still being written; others that share the storage have theirs beside it. */
export interface Incoming {
  folder: string
  /** Removes it with all that is in it. */
  close(): Promise<void>
}

/**
 * Makes this process its own folder in `root` and removes those of processes that are gone, now and every few minutes: each holds
 * a lock on its own for as long as it lives. `alone`: nobody else can be at work in `root`, so whatever lies there goes.
 */
export async function openIncoming(root: string, { alone = false }: { alone?: boolean } = {}): Promise<Incoming> {
  if (alone) await rm(root, { recursive: true, force: true })
  const own = path.join(root, randomUUID())
  const claim = await claimFolder(own)
  const folder = path.join(own, 'files')
  await mkdir(folder, { mode: 0o700 })
  await sweep(root, own)
  const timer = setInterval(() => void sweep(root, own).catch(() => {}), limits.incomingSweepIntervalMs)
  timer.unref()
  return {
    folder,
    close: async () => {
      clearInterval(timer)
      await rm(own, { recursive: true, force: true })
      await claim.release()
    },
  }
}

async function sweep(root: string, own: string): Promise<void> {
  // The file system's own clock: another machine's may be off.
  const { ctimeMs: now } = await touch(own)
  for (const name of await readdir(root)) {
    const entry = path.join(root, name)
    if (entry === own) continue
    const facts = await stat(entry).catch(() => undefined)
    // A folder that was just made may not be locked yet.
    if (facts !== undefined && now - facts.mtimeMs > limits.incomingUnlockedMs) await removeUnowned(entry, facts.isDirectory())
  }
}

async function touch(folder: string): Promise<{ ctimeMs: number }> {
  const probe = path.join(folder, 'now')
  await rm(probe, { recursive: true, force: true })
  await mkdir(probe)
  return await stat(probe)
}

async function removeUnowned(entry: string, isFolder: boolean): Promise<void> {
  if (!isFolder) return await rm(entry, { force: true })
  try {
    const claim = await claimFolder(entry, { waitMs: 0 })
    await rm(entry, { recursive: true, force: true })
    await claim.release()
  } catch (error) {
    if (!(error instanceof FolderTakenError)) throw error
  }
}
