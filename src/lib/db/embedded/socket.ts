import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The kernel's limit for a socket's whole path: 107 on Linux, 103 on macOS. */
export const SOCKET_PATH_BYTES_MAX = process.platform === 'darwin' ? 103 : 107

const SOCKET_NAME = '.s.PGSQL.5432'

/**
 * Links from the folder to itself, for use in URLs: postgres.js takes an escaped path for a host name unless it holds a
 * comma, and then takes the port for a part of it. pg takes both as they are meant.
 */
const URL_ALIAS = ','
const URL_ALIASES = [URL_ALIAS, `${URL_ALIAS}:5432`]

/**
 * A folder of mode 700, ours, with a path short enough for a socket, and the same for a data folder each time, so that
 * pools find a restarted server again. It cannot be the data folder itself, whose path may be long or on a file system
 * without sockets.
 */
export async function makeSocketFolder(dataDir: string): Promise<string> {
  const uid = process.getuid!()
  const name = `arv-${createHash('sha256').update(`${uid} ${dataDir}`).digest('hex').slice(0, 16)}`
  const parents = new Set([process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp', '/var/tmp'].filter((path) => path !== undefined))
  const problems: string[] = []
  for (const parent of parents) {
    const folder = join(parent, name)
    const problem = await claimSocketFolder(folder, uid).catch((error: Error) => error.message)
    if (problem === undefined) return folder
    problems.push(problem)
  }
  throw new Error(`No folder for the database's socket: ${problems.join('; ')}. Set TMPDIR to a short, writable folder.`)
}

/** The folder under the name that both drivers understand in a URL. */
export function folderForUrl(folder: string): string {
  return join(folder, URL_ALIAS)
}

/** The longest of the names that a client uses. */
export function socketPath(folder: string): string {
  return join(folder, URL_ALIASES[1], SOCKET_NAME)
}

async function claimSocketFolder(folder: string, uid: number): Promise<string | undefined> {
  if (Buffer.byteLength(socketPath(folder)) > SOCKET_PATH_BYTES_MAX) return `${folder} is too long`
  await mkdir(folder, { mode: 0o700 }).catch(unlessThere)
  // In a folder that all may write to, somebody could have been here first, with a folder or a link of theirs.
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== uid) return `${folder} belongs to somebody else`
  await chmod(folder, 0o700)
  for (const alias of URL_ALIASES) await symlink('.', join(folder, alias)).catch(unlessThere)
  return undefined
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
