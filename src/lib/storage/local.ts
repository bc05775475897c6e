import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../errors.ts'
import { asStorageError } from './full.ts'
import { openIncoming } from './incoming.ts'
import { checkKey } from './key.ts'
import { pourFile, readInPieces } from './pieces.ts'
import type { Storage, StoredFile } from './storage.ts'

/**
 * Files in a local folder, which several processes may share: `{dir}/files/ab/{hash}/{name}`, and `{dir}/incoming/{process}` for
 * files still being written. `alone` says that nobody else is at work in it.
 */
export async function createLocalStorage(dir: string, options: { alone?: boolean } = {}): Promise<Storage> {
  const root = path.resolve(dir)
  const files = path.join(root, 'files')
  await makeFolders(files)
  const incoming = await openIncoming(path.join(root, 'incoming'), options)
  const getPath = (key: string) => path.join(files, key.slice(0, 2), checkKey(key))
  return {
    incoming: incoming.folder,
    close: incoming.close,
    adopt: (file, key) => adopt(file, getPath(key)),
    find: (key) => findFile(getPath(key)),
    read: (key, range) => readInPieces(getPath(key), range),
    pour: (key, range, target) => pourFile(getPath(key), range, target),
    remove: (key) => removeFile(getPath(key)),
    removeAll: (hash) => removeFolder(path.dirname(getPath(`${hash}/all`))),
    async localPath(key) {
      const file = getPath(key)
      if (await findFile(file) === undefined) throw new AppError('not_found')
      return file
    },
  }
}

/**
 * Content, name, folder and its parents are all on the disk when this resolves. The parents are synced even when they
 * were there before: another adoption may have made them a moment ago and not be done yet.
 */
async function adopt(file: string, target: string): Promise<void> {
  try {
    await syncPath(file)
    if (await findFile(target) === undefined) await moveFile(file, target)
    else await rm(file)
    const folder = path.dirname(target)
    // removed again meanwhile, by somebody who was told to: then there is nothing to keep
    await syncPath(folder).catch((error: unknown) => { if (!isMissing(error)) throw error })
    for (const parent of [path.dirname(folder), path.dirname(path.dirname(folder))]) await syncPath(parent)
  } catch (error) {
    throw asStorageError(error)
  }
}

const moveAttemptsMax = 20

/** A removal may take the empty folder away between our making and our using it. */
async function moveFile(file: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
      return await rename(file, target)
    } catch (error) {
      if (!isMissing(error) || attempt === moveAttemptsMax) throw error
    }
  }
}

async function findFile(file: string): Promise<StoredFile | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? { size: found.size } : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Removing what is not there is fine. The folder goes with its last file. */
async function removeFile(file: string): Promise<void> {
  await rm(file, { force: true })
  const folder = path.dirname(file)
  try {
    if ((await readdir(folder)).length > 0) return await syncPath(folder)
    await rmdir(folder)
    await syncPath(path.dirname(folder))
  } catch (error) {
    // gone already, or somebody has just put another file there
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  }
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await syncPath(path.dirname(folder)).catch((error: unknown) => { if (!isMissing(error)) throw error })
}

/** Makes a folder with its parents, each fsynced into its own parent: `mkdir -p` that survives a power cut. */
async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncPath(path.dirname(made))
}

async function syncPath(target: string): Promise<void> {
  const handle = await open(target, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}
