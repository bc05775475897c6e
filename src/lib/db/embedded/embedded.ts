import { realpath, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { claimFolder } from '../../ownership.ts'
import { findBinaries } from './binaries.ts'
import { clusterFolder, ensureCluster, isBare, markFurnished, readPasswords, type Passwords } from './cluster.ts'
import { connectionUrl, createDatabase, dropDatabase, runStatements, type Connection } from './databases.ts'
import { endPreviousServer, readServerState } from './previous.ts'
import { chooseWay, takeOver } from './privileges.ts'
import { startServer, type Server, type ServerOptions } from './server.ts'
import { folderForUrl, makeSocketFolder } from './socket.ts'

/** A server that ends by itself sooner than this after its start would only end again. */
const RESTART_AFTER_MS = 1_000

export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void

export type EmbeddedOptions = {
  /** Ours alone; made when missing. */
  dataDir: string
  log: Log
  /** Lets the application's role make databases of its own, as tests do. Only heeded when the cluster is made. */
  mayCreateDatabases?: boolean
}

export type EmbeddedPostgres = {
  /** For postgres.js and pg: the application's role, no superuser, and its database `arv`. */
  url: string
  connection: Connection
  readonly pid: number
  createDatabase(name: string, options?: { template?: string }): Promise<void>
  dropDatabase(name: string): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts ARV's own PostgreSQL in `dataDir`, which it creates at the first start. It ends with `stop`, and when this
 * process ends in any way. Throws FolderTakenError when another process runs it.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const claim = await claimFolder(resolve(options.dataDir))
  try {
    const begin = performance.now()
    const prepared = await prepareServer(await realpath(options.dataDir), options.log)
    const server = await keepServer(prepared, options.log)
    const embedded = await describe(prepared, server, options)
    options.log('info', 'PostgreSQL is ready', { postgres_pid: server.pid, duration_ms: Math.round(performance.now() - begin), way: prepared.way.name })
    return {
      ...embedded,
      get pid() {
        return server.pid
      },
      async stop() {
        try {
          await server.stop()
          await rm(prepared.socketFolder, { recursive: true, force: true })
        } finally {
          await claim.release()
        }
      },
    }
  } catch (error) {
    await claim.release()
    throw error
  }
}

/** The URL of the server that another process runs in `dataDir`, for a command that works beside it; throws when none is. */
export async function findRunningUrl(dataDir: string): Promise<string> {
  const cluster = clusterFolder(dataDir)
  const state = await readServerState(cluster)
  if (!state?.ready) throw new Error(`No database is ready in ${dataDir}. Try again in a moment.`)
  return connectionUrl(applicationConnection(folderForUrl(state.socketFolder), await readPasswords(cluster)))
}

async function prepareServer(dataDir: string, log: Log): Promise<ServerOptions> {
  const cluster = clusterFolder(dataDir)
  await endPreviousServer(cluster)
  const bin = await findBinaries(dataDir)
  const way = await chooseWay(dataDir, cluster, bin)
  if (await isBare(cluster)) log('info', 'Creating the database', { folder: cluster })
  await ensureCluster(dataDir, bin, way)
  await takeOver(cluster, way)
  return { dataDir, cluster, socketFolder: await makeSocketFolder(dataDir), bin, way }
}

/** Starts the server, and again when it ends without being asked to (the system ran out of memory, say). */
async function keepServer(options: ServerOptions, log: Log): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  let current = await startServer(options)
  let stopping = false
  let watching = watch(current)

  async function watch(server: Server): Promise<void> {
    const begin = performance.now()
    await server.ended
    if (stopping) return
    if (performance.now() - begin < RESTART_AFTER_MS) return log('error', 'PostgreSQL ended by itself right after its start and stays down')
    log('error', 'PostgreSQL ended by itself and is started again', { postgres_pid: server.pid })
    try {
      await makeSocketFolder(options.dataDir)
      current = await startServer(options)
    } catch (error) {
      return log('error', 'PostgreSQL could not be started again', { error })
    }
    watching = watch(current)
  }

  return {
    get pid() {
      return current.pid
    },
    async stop() {
      stopping = true
      await current.stop()
      await watching
    },
  }
}

async function describe(prepared: ServerOptions, server: { stop(): Promise<void> }, options: EmbeddedOptions) {
  try {
    const passwords = await readPasswords(prepared.cluster)
    const forUrl = applicationConnection(folderForUrl(prepared.socketFolder), passwords)
    const superuserUrl = connectionUrl({ ...forUrl, user: 'postgres', password: passwords.superuser, database: 'postgres' })
    if (await isBare(prepared.cluster)) {
      await furnish(superuserUrl, passwords, options.mayCreateDatabases === true)
      await markFurnished(prepared.cluster)
    }
    return {
      url: connectionUrl(forUrl),
      connection: applicationConnection(prepared.socketFolder, passwords),
      createDatabase: (name: string, { template }: { template?: string } = {}) => createDatabase(superuserUrl, name, { owner: 'arv', template }),
      dropDatabase: (name: string) => dropDatabase(superuserUrl, name),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

function applicationConnection(host: string, passwords: Passwords): Connection {
  return { host, port: 5432, user: 'arv', password: passwords.application, database: 'arv' }
}

/** Makes the application's role and database. Begun anew when it was cut short: nothing of value can be in them yet. */
async function furnish(superuserUrl: string, passwords: Passwords, mayCreateDatabases: boolean): Promise<void> {
  await runStatements(superuserUrl, [
    'DROP DATABASE IF EXISTS arv',
    'DROP ROLE IF EXISTS arv',
    `CREATE ROLE arv LOGIN ${mayCreateDatabases ? 'CREATEDB' : 'NOCREATEDB'} PASSWORD '${passwords.application}'`,
    'CREATE DATABASE arv OWNER arv',
    // Others could otherwise connect to it, should the owner of this machine ever add roles.
    'REVOKE ALL ON DATABASE arv FROM PUBLIC',
  ])
}
