import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase } from '../src/lib/db/embedded/databases.ts'
import { startEmbeddedPostgres } from '../src/lib/db/embedded/embedded.ts'

export type TestServer = { url: string; stop(): Promise<void> }
export type TestDatabase = { url: string; name: string; drop(): Promise<void> }

/** A server of its own in a temporary folder, whose role may create databases. `bin/test` starts one for all files. */
export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'arv-test-'))
  const server = await startEmbeddedPostgres({ dataDir, log: logProblems, mayCreateDatabases: true })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

let ownServer: Promise<TestServer> | undefined
let ownDatabases = 0

/**
 * An empty database, or a copy of `template`, for one test file: on the server that ARV_TEST_DATABASE_URL names, or,
 * when a file is run alone, on one that lives until its last database is dropped.
 */
export async function testDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const shared = process.env.ARV_TEST_DATABASE_URL
  ownDatabases += shared ? 0 : 1
  const serverUrl = shared ?? (await (ownServer ??= startTestServer())).url
  const name = `test_${randomBytes(8).toString('hex')}`
  await createDatabase(serverUrl, name, options)
  return {
    url: withDatabase(serverUrl, name),
    name,
    async drop() {
      await dropDatabase(serverUrl, name)
      if (!shared && --ownDatabases === 0) await stopOwnServer()
    },
  }
}

/** Changes the database that `url` names. Not through URL, which some host names of sockets would not survive. */
function withDatabase(url: string, name: string): string {
  return url.replace(/\/[^/?]*(\?.*)?$/, (_, query = '') => `/${name}${query}`)
}

async function stopOwnServer(): Promise<void> {
  const server = await ownServer
  ownServer = undefined
  await server?.stop()
}

function logProblems(level: string, message: string, fields?: object): void {
  if (level !== 'info') console.error(message, fields ?? '')
}
