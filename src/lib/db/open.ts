import path from 'node:path'
import type { Log } from '../log.ts'
import { claimFolder } from '../ownership.ts'
import type { FolderClaim } from '../ownership.ts'
import { connectDatabase } from './db.ts'
import type { Database } from './db.ts'
import { startEmbeddedPostgres } from './embedded/embedded.ts'

export interface OpenDatabase {
  database: Database
  url: string
  /** True when no other process can be working on it: it is our own, in a folder that we hold. */
  soleOwner: boolean
  close(): Promise<void>
}

/** The database at `databaseUrl`, or one of our own in the data folder. Errors: FolderTakenError. */
export async function openDatabase(options: { dataDir: string; databaseUrl: string | undefined; databasePool?: { size: number; overflow: number }; log: Log }): Promise<OpenDatabase> {
  if (options.databaseUrl !== undefined) return connect(options.databaseUrl, options.databasePool, { soleOwner: false, close: async () => {} })
  const claim = await claimFolder(options.dataDir)
  try {
    const server = await startEmbeddedPostgres({
      dataDir: path.join(options.dataDir, 'postgres'),
      log: (level, message, fields) => options.log[level](fields ?? {}, message),
    })
    return connect(server.url, options.databasePool, { soleOwner: true, close: () => stop(server, claim) })
  } catch (error) {
    await claim.release()
    throw error
  }
}

function connect(url: string, pool: { size: number; overflow: number } | undefined, owner: { soleOwner: boolean; close: () => Promise<void> }): OpenDatabase {
  const database = connectDatabase(url, pool === undefined ? {} : { connectionsKept: pool.size, connectionsMax: pool.size + pool.overflow })
  return {
    database,
    url,
    soleOwner: owner.soleOwner,
    close: async () => {
      await database.end()
      await owner.close()
    },
  }
}

async function stop(server: { stop(): Promise<void> }, claim: FolderClaim): Promise<void> {
  await server.stop()
  await claim.release()
}
