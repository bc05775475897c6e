import { mkdir, chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a claim waits for a holder that is just ending (a restart right after a kill) before it gives up. */
const CLAIM_WAIT_MS = 700
const CLAIM_RETRY_MS = 20

const SQLITE_BUSY = 5

/** Held here too, or a caller that drops its claim unreleased would lose the lock to the garbage collector. */
const held = new Set<DatabaseSync>()

export type FolderClaim = { release(): Promise<void> }

/** The folder is in use; `pid` is its holder's, as far as the holder wrote it down. */
export class FolderTakenError extends Error {
  readonly pid: number | undefined

  constructor(folder: string, pid: number | undefined) {
    const holder = pid === undefined ? 'another process' : `process ${pid}`
    super(`The data folder ${folder} is in use by ${holder}. Stop that process first, or give this one another folder.`)
    this.name = 'FolderTakenError'
    this.pid = pid
  }
}

/**
 * Makes this process the only owner of `folder` (created, mode 700, when missing) until `release` or its end. Throws
 * FolderTakenError when somebody else, also in this process, holds it for `waitMs` more.
 *
 * The lock is the kernel's, so it ends with its holder however that dies, and two starts at once cannot both win. Node
 * offers no file lock of its own, but the SQLite inside it takes one (fcntl) on Linux and macOS alike: an empty
 * database in an exclusive transaction is the lock, and no row is ever written. Nobody else in this process may open and
 * close `owner.lock`: the kernel would take that for the end of the lock.
 */
export async function claimFolder(folder: string, { waitMs = CLAIM_WAIT_MS }: { waitMs?: number } = {}): Promise<FolderClaim> {
  const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined
  // A umask may have taken even our own access away. A folder that was there keeps the mode that somebody chose.
  if (isNew) await chmod(folder, 0o700)
  const pidFile = join(folder, 'owner.pid')
  const lock = await waitForLock(join(folder, 'owner.lock'), waitMs)
  if (!lock) throw new FolderTakenError(folder, await readPid(pidFile))
  held.add(lock)
  // Removed first: a killed holder that was root left one that we may not write to.
  await rm(pidFile, { force: true })
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 })

  return {
    async release() {
      if (!held.delete(lock)) return
      await rm(pidFile, { force: true })
      lock.close()
    },
  }
}

async function waitForLock(path: string, waitMs: number): Promise<DatabaseSync | undefined> {
  const deadline = Date.now() + waitMs
  for (;;) {
    const lock = tryLock(path)
    if (lock || Date.now() > deadline) return lock
    await sleep(CLAIM_RETRY_MS)
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path)
  try {
    // Journal in memory: a holder that is killed leaves no file beside the lock.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

async function readPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return Number.isInteger(pid) ? pid : undefined
}
