import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectDatabase } from '../src/lib/db/db.ts'
import type { Database } from '../src/lib/db/db.ts'
import { findRunningUrl } from '../src/lib/db/embedded/embedded.ts'
import { countFinishes, findProblems, isWorking, listStrayFiles, listUnfinished } from './crash/inspect.ts'
import { makeOrder } from './crash/orders.ts'
import { waitFor } from './factories.ts'
import { endProcesses, findProcesses } from './processes.ts'
import { findFreePort, spawnServer, startServer } from './server.ts'
import type { ServerProcess } from './server.ts'
import { administrator, createCall } from './world.ts'

export interface CrashOptions {
  kills: number
  /** The same seed chooses the same moments; what they meet still depends on the machine. */
  seed: number
  onKill?: (line: string) => void
}

export interface CrashReport {
  /** While jobs ran, as asked. */
  kills: number
  /** Besides, in the middle of a start. */
  killsOfStarts: number
  /** Kills after which the next start took over the jobs of dead workers. */
  killsWithJobs: number
  acknowledged: number
  /** Uploads whose answer a kill cut off, and how many of them had been kept already. */
  unanswered: number
  unansweredKept: number
  /** From each restart to `/health/ready`. */
  restartsMs: number[]
  /** Stored files that no row knows: of uploads that a kill cut off. */
  strayFiles: string[]
  /** What is wrong, in words; empty when all went well. */
  problems: string[]
}

/** A life of kills on one data folder. The folder and every process in it are gone when this resolves. */
export async function crashRepeatedly(options: CrashOptions): Promise<CrashReport> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-crash-'))
  try {
    return await crash(dataDir, options)
  } finally {
    endProcesses(dataDir)
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** From a moment when jobs run to the kill; compiling and encoding take longer. */
const workWaitMaxMs = 1500
/** From the beginning of one more upload to the kill, so that some are met while their files come in. */
const uploadWaitMaxMs = 250
/** From the spawning of a server to its kill in the middle of starting. */
const startWaitMaxMs = 1200
const startKillsShare = 0.3

/** Everything that outlives a single server. */
interface Run {
  dataDir: string
  port: number
  random: () => number
  token: string
  studio: { companyId: number; projectId: number }
  orders: number
  /** Order numbers. */
  acknowledged: string[]
  unanswered: string[]
  uploads: Set<Promise<void>>
  problems: string[]
}

interface Life {
  server: ServerProcess
  database: Database
  killed: boolean
}

async function crash(dataDir: string, { kills, seed, onKill }: CrashOptions): Promise<CrashReport> {
  const run: Run = {
    dataDir, port: await findFreePort(), random: createRandom(seed), token: '', studio: { companyId: 0, projectId: 0 },
    orders: 0, acknowledged: [], unanswered: [], uploads: new Set(), problems: [],
  }
  let killsOfStarts = 0
  let killsWithJobs = 0
  const restartsMs: number[] = []
  let life = await begin(run)
  try {
    await furnish(run, life)
    for (let kill = 1; kill <= kills; kill++) {
      await killAtWork(run, life)
      let output = ''
      if (run.random() < startKillsShare) {
        output = await killAtStart(run)
        killsOfStarts++
      }
      const restarted = performance.now()
      life = await begin(run)
      restartsMs.push(Math.round(performance.now() - restarted))
      if ((output + life.server.output()).includes('took over the jobs')) killsWithJobs++
      onKill?.(`kill ${kill} of ${kills}: ready again after ${restartsMs.at(-1)} ms; ${run.acknowledged.length} uploads acknowledged, ${run.unanswered.length} cut off, `
        + `${(await listUnfinished(life.database.db)).length} jobs to do`)
    }
    await waitFor('the end of all jobs', () => listUnfinished(life.database.db), (jobs) => jobs.length === 0, 60_000 + 20_000 * run.orders)
    const problems = [...run.problems, ...(await findProblems(life.database.db, dataDir, run.acknowledged))]
    const kept = await life.database.db.selectFrom('arContent').select('orderNumber').where('orderNumber', 'in', ['', ...run.unanswered]).execute()
    const strayFiles = await listStrayFiles(life.database.db, dataDir)
    problems.push(...(await end(run, life)))
    return {
      kills, killsOfStarts, killsWithJobs, restartsMs, strayFiles, problems,
      acknowledged: run.acknowledged.length, unanswered: run.unanswered.length, unansweredKept: kept.length,
    }
  } finally {
    await life.database.end()
  }
}

async function begin(run: Run): Promise<Life> {
  const server = await startServer({ dataDir: run.dataDir, port: run.port, environment: { LOG_LEVEL: 'info' } })
  const database = connectDatabase(await findRunningUrl(path.join(run.dataDir, 'postgres')), { connectionsMax: 2 })
  return { server, database, killed: false }
}

/** The token must outlive every kill, too: it is asked for only once. */
async function furnish(run: Run, { server, database }: Life): Promise<void> {
  await countFinishes(database.db)
  const login = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  run.token = login.body.access_token
  const call = createCall(server.url, run.token)
  const company = await call<{ id: number }>('POST', '/api/companies', { name: 'Light Studio', contact_email: 'hello@light.example' })
  const project = await call<{ id: number }>('POST', `/api/companies/${company.body.id}/projects`, { name: 'Weddings' })
  run.studio = { companyId: company.body.id, projectId: project.body.id }
}

async function killAtWork(run: Run, life: Life): Promise<void> {
  const first = beginUpload(run, life)
  void beginUpload(run, life)
  await first
  await waitUntilWorking(run, life)
  await sleep(run.random() * workWaitMaxMs)
  void beginUpload(run, life)
  await sleep(run.random() * uploadWaitMaxMs)
  await waitUntilWorking(run, life)
  life.killed = true
  await life.server.kill('SIGKILL')
  const programs = findProcesses(run.dataDir).filter(({ command }) => /ffmpeg|ffprobe/.test(command))
  await Promise.all(run.uploads)
  await life.database.end()
  await expectEnd(run, programs.map(({ pid }) => pid))
}

/** Returns what the server had printed. */
async function killAtStart(run: Run): Promise<string> {
  const server = await spawnServer({ dataDir: run.dataDir, port: run.port, environment: { LOG_LEVEL: 'info' } })
  await sleep(run.random() * startWaitMaxMs)
  if (server.child.exitCode !== null) run.problems.push(`a start ended by itself: ${server.output()}`)
  await server.kill('SIGKILL')
  return server.output()
}

/** An encoder must die with its server, not when its work is done. */
async function expectEnd(run: Run, pids: number[]): Promise<void> {
  const remaining = () => findProcesses(run.dataDir).filter(({ pid }) => pids.includes(pid))
  await waitFor('the end of the killed server’s programs', async () => remaining(), (left) => left.length === 0, 2000)
    .catch((error: Error) => run.problems.push(error.message))
}

/** Until a job that this server began is being worked on; brings more work when there is none. */
async function waitUntilWorking(run: Run, life: Life): Promise<void> {
  await waitFor('work', async () => {
    if (await isWorking(life.database.db)) return true
    if (run.uploads.size === 0 && (await listUnfinished(life.database.db)).length === 0) await beginUpload(run, life)
    return false
  }, (working) => working)
}

function beginUpload(run: Run, life: Life): Promise<void> {
  const upload = uploadOrder(run, life, ++run.orders).finally(() => run.uploads.delete(upload))
  run.uploads.add(upload)
  return upload
}

async function uploadOrder(run: Run, life: Life, number: number): Promise<void> {
  const orderNumber = `crash-${number}`
  const form = await makeOrder(run.studio, number, orderNumber)
  try {
    const answer = await createCall(life.server.url, run.token)('POST', '/api/ar-content', form)
    if (answer.status === 201) run.acknowledged.push(orderNumber)
    else run.problems.push(`upload ${orderNumber} was answered ${answer.status}: ${answer.text}`)
  } catch (error) {
    run.unanswered.push(orderNumber)
    if (!life.killed) run.problems.push(`upload ${orderNumber} broke off while the server lived: ${String((error as Error).cause ?? error)}`)
  }
}

async function end(run: Run, { server, database }: Life): Promise<string[]> {
  await database.end()
  await server.kill('SIGTERM')
  const code = await server.ended
  const problems = code === 0 ? [] : [`the last server ended with code ${code}: ${server.output()}`]
  await waitFor('the end of every process', async () => findProcesses(run.dataDir), (left) => left.length === 0, 15_000)
    .catch((error: Error) => problems.push(error.message))
  return problems
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
