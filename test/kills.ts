import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { countDifferences } from '../src/analytics/rollups.ts'
import { connectDatabase, sql } from '../src/lib/db/db.ts'
import type { Database } from '../src/lib/db/db.ts'
import { findRunningUrl } from '../src/lib/db/embedded/embedded.ts'
import { insertOrders } from './orders.ts'
import { endProcesses } from './processes.ts'
import { startServer } from './server.ts'

export interface KillReport {
  kills: number
  acknowledged: number
  /** Acknowledged, and not there after the restart. */
  lost: number
  /** Rows of the rollups that a recount finds wrong after the last restart. */
  differences: number
}

/** Records visits on `connections` connections and kills the server in the middle of it, PostgreSQL with it; then looks for every acknowledged one. */
export async function killWhileRecording(options: { kills: number; connections: number; milliseconds: number }): Promise<KillReport> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-kills-'))
  const acknowledged: string[] = []
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      const server = await startServer({ dataDir })
      const links = await withDatabase(dataDir, async (database) => (await insertOrders(database.db, { count: kill === 0 ? 50 : 0 })))
      const load = sendVisits(server.url, links, options.connections, acknowledged)
      await sleep(options.milliseconds * (0.5 + Math.random()))
      await server.kill('SIGKILL')
      await load
    }
    const server = await startServer({ dataDir })
    const report = await withDatabase(dataDir, async (database) => ({ lost: await countMissing(database, acknowledged), differences: await waitForFold(database) }))
    await server.kill()
    return { kills: options.kills, acknowledged: acknowledged.length, ...report }
  } finally {
    endProcesses(dataDir)
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

async function withDatabase<T>(dataDir: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = connectDatabase(await findRunningUrl(path.join(dataDir, 'postgres')), { connectionsMax: 2 })
  try {
    return await work(database)
  } finally {
    await database.end()
  }
}

/** Until the server is gone. */
async function sendVisits(url: string, links: string[], connections: number, acknowledged: string[]): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  await Promise.all(Array.from({ length: connections }, async (_, index) => {
    for (let turn = index; ; turn++) {
      const id = randomUUID()
      const status = await post(agent, `${url}/api/viewer/visits`, { ...visitOf(links[turn % links.length]), visit_id: id }).catch(() => undefined)
      if (status === undefined) return
      if (status === 204) acknowledged.push(id)
    }
  }))
  agent.destroy()
}

export function visitOf(uniqueId: string) {
  return {
    visit_id: randomUUID(), unique_id: uniqueId, video_id: null, started_at: new Date().toISOString(), camera: 'granted', time_to_lock_ms: 700, lock_count: 1,
    duration_ms: 5000, watched_ms: 2000, video_played: true, watched_without_camera: false,
  }
}

async function post(agent: http.Agent, url: string, body: object): Promise<number> {
  const text = JSON.stringify(body)
  return await new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'user-agent': 'Mozilla/5.0 (Linux; Android 15) Mobile Chrome/130' } }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
      answer.on('error', reject)
      answer.on('close', () => reject(new Error('closed')))
    })
    request.on('error', reject)
    request.end(text)
  })
}

async function countMissing({ db }: Database, ids: string[]): Promise<number> {
  const { rows } = await sql<{ missing: number }>`
    select count(*) as missing from jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) id
    where not exists (select from visits v where v.id = id::uuid)`.execute(db)
  return Number(rows[0].missing)
}

/** The server folds on its own what the kills left unfolded. */
async function waitForFold({ db }: Database): Promise<number> {
  const deadline = Date.now() + 60_000
  while ((await sql`select 1 from visit_changes limit 1`.execute(db)).rows.length > 0 && Date.now() < deadline) await sleep(100)
  return await countDifferences(db)
}
