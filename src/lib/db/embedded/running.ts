import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { clusterFolder, readPasswords } from './cluster.ts'
import { connectionUrl } from './databases.ts'
import { folderForUrl } from './socket.ts'

/** Where the server that another process runs in `dataDir` is reached. @throws Error when none runs there */
export async function findRunningUrl(dataDir: string): Promise<string> {
  const cluster = clusterFolder(await realpath(dataDir))
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
  const passwords = await readPasswords(cluster)
  // Line 5 is the socket's folder (miscadmin.h, LOCK_FILE_LINE_SOCKET_DIR).
  return connectionUrl({ host: folderForUrl(lines[4]), port: 5432, user: 'arv', password: passwords.application, database: 'arv' })
}
