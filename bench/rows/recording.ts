import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { countDifferences } from '../../src/analytics/rollups.ts'
import { connectDatabase, sql } from '../../src/lib/db/db.ts'
import { findRunningUrl } from '../../src/lib/db/embedded/embedded.ts'
import { visitOf } from '../../test/kills.ts'
import { insertOrders } from '../../test/orders.ts'
import { startBare } from '../load/bare.ts'
import { measureLoad, sendLoad } from '../load/load.ts'
import type { Measured } from '../load/load.ts'
import { startArv } from '../load/server.ts'

export interface Recording {
  /** Acknowledged per second, on 256 connections. */
  rate: number
  /** Of bare `node:http` that answers the same and keeps nothing. */
  bareRate: number
  acknowledged: number
  /** Of them not in the table, or not in the statistics. */
  missing: number
  measured: Measured
}

/** Every request is a visit of its own. */
export async function measureRecording(seconds: number): Promise<Recording> {
  const server = await startArv()
  const database = connectDatabase(await findRunningUrl(path.join(server.dataDir, 'postgres')), { connectionsMax: 2 })
  const [link] = await insertOrders(database.db, { count: 1000 })
  const order = {
    method: 'POST' as const, connections: 256, body: JSON.stringify({ ...visitOf(link), visit_id: '[uuid]' }), uniqueBody: true,
    headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/5.0 (Linux; Android 15) Mobile Chrome/130' },
  }
  const bare = await startBare({ kind: 'bytes', body: '', headers: {}, status: 204 })
  try {
    const limit = await sendLoad({ ...order, url: bare.url, seconds })
    await sendLoad({ ...order, url: `${server.url}/api/viewer/visits`, seconds: 1 })
    const count = async () => Number((await sql<{ n: number }>`select count(*) as n from visits`.execute(database.db)).rows[0].n)
    const before = await count()
    const measured = await measureLoad({ ...order, url: `${server.url}/api/viewer/visits`, seconds }, server)
    const acknowledged = measured.answers - measured.refused
    for (let turn = 0; turn < 600 && (await sql`select 1 from visit_changes limit 1`.execute(database.db)).rows.length > 0; turn++) await sleep(100)
    const missing = Math.max(0, acknowledged - ((await count()) - before)) + (await countDifferences(database.db))
    return { rate: acknowledged / measured.seconds, bareRate: limit.rate, acknowledged, missing, measured }
  } finally {
    await bare.stop()
    await database.end()
    await server.stop()
  }
}
