import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, mkdir, rm, symlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The kernel's limit for a socket's whole path: 107 on Linux, 103 on macOS. */
const SOCKET_PATH_BYTES_MAX = process.platform === 'darwin' ? 103 : 107

const SOCKET_NAME = '.s.PGSQL.5432'

/**
 * Links from the folder to itself, for use in URLs: postgres.js takes an escaped path for a host name unless it holds a
 * comma, and then takes the port for a part of it. pg takes both as they are meant.
 */
const URL_ALIAS = ','
const URL_ALIASES = [URL_ALIAS, `${URL_ALIAS}:5432`]

/**
 * A folder of mode 700, ours, with a path short enough for a socket, and the same for a data folder each time, so that
 * pools find a restarted server again. In the data folder itself when its path is short and its file system has
 * sockets (those that a virtual machine shares often have none); else where temporary files go.
 */
export async function makeSocketFolder(dataDir: string): Promise<string> {
  const uid = process.getuid!()
  const name = `arv-${createHash('sha256').update(`${uid} ${dataDir}`).digest('hex').slice(0, 16)}`
  const parents = [process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp', '/var/tmp'].filter((path) => path !== undefined)
  const candidates = new Set([join(dataDir, 'socket'), ...parents.map((parent) => join(parent, name))])
  const problems: string[] = []
  for (const folder of candidates) {
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

async function claimSocketFolder(folder: string, uid: number): Promise<string | undefined> {
  const longestPath = join(folder, URL_ALIASES[1], SOCKET_NAME)
  if (Buffer.byteLength(longestPath) > SOCKET_PATH_BYTES_MAX) return `${folder} is too long`
  await mkdir(folder, { mode: 0o700 }).catch(unlessThere)
  // In a folder that all may write to, somebody could have been here first, with a folder or a link of theirs.
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== uid) return `${folder} belongs to somebody else`
  await chmod(folder, 0o700)
  for (const alias of URL_ALIASES) await symlink('.', join(folder, alias)).catch(unlessThere)
  await trySocket(join(folder, URL_ALIAS, 'trial'))
  return undefined
}

/** Does what the server and its clients will do. */
async function trySocket(path: string): Promise<void> {
  await rm(path, { force: true })
  const server = createServer((socket) => socket.end())
  try {
    await once(server.listen(path), 'listening')
    await chmod(path, 0o700)
    const client = connect(path)
    await once(client, 'connect')
    client.destroy()
  } finally {
    server.close()
    await rm(path, { force: true })
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
