import path from 'node:path'
import { connectDatabase, sql } from '../../src/lib/db/db.ts'
import type { Database } from '../../src/lib/db/db.ts'
import { findRunningUrl } from '../../src/lib/db/embedded/embedded.ts'
import { seed } from '../../src/seed.ts'
import { startArv } from '../load/server.ts'
import type { BenchServer } from '../load/server.ts'

export interface SeededServer extends BenchServer {
  /** On the server's own PostgreSQL. */
  database: Database
  seedSeconds: number
}

/** ARV with so many rows in it. */
export async function startSeeded(rows: { contents: number; visits: number }): Promise<SeededServer> {
  const server = await startArv()
  const database = connectDatabase(await findRunningUrl(path.join(server.dataDir, 'postgres')), { connectionsMax: 2 })
  const started = performance.now()
  await seed(database.db, rows)
  // What bulk loads leave to be written later would be charged to the first requests.
  await sql`vacuum analyze ar_content`.execute(database.db).catch(() => {})
  const seedSeconds = (performance.now() - started) / 1000
  console.log(`${rows.contents} orders and ${rows.visits} visits in ${seedSeconds.toFixed(0)} s`)
  return {
    ...server, database, seedSeconds,
    stop: async () => {
      await database.end()
      await server.stop()
    },
  }
}
