import { access, constants, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { ensureAdministrator } from './accounts/accounts.ts'
import { openVisits, planMonthsLater } from './analytics/analytics.ts'
import type { Visits } from './analytics/analytics.ts'
import { announce, waitForSignal } from './announce.ts'
import type { App } from './app.ts'
import type { Config } from './config.ts'
import { recompileOutdatedLater, requeueLostJobs } from './content/content.ts'
import { ensureDemo } from './demo.ts'
import { jobs } from './jobs.ts'
import { buildAssets } from './lib/assets/assets.ts'
import { hashInputs } from './lib/assets/inputs.ts'
import { createCache } from './lib/cache/cache.ts'
import type { Cache } from './lib/cache/cache.ts'
import { migrateToLatest } from './lib/db/migrate.ts'
import { openDatabase } from './lib/db/open.ts'
import { logSlowQueries } from './lib/db/slow.ts'
import type { OpenDatabase } from './lib/db/open.ts'
import { createServer, drainServer, listRoutes } from './lib/http/server.ts'
import type { RegisteredRoute, Server } from './lib/http/server.ts'
import { createLog } from './lib/log.ts'
import type { Log } from './lib/log.ts'
import { createMailer } from './lib/mail.ts'
import { findPrograms } from './lib/process.ts'
import { migrateQueue, startWorkers } from './lib/queue/queue.ts'
import type { Workers } from './lib/queue/queue.ts'
import { explainDatabase, explainFolder } from './lib/starting.ts'
import { openStorage } from './lib/storage/open.ts'
import type { Storage } from './lib/storage/storage.ts'
import { createTelemetry } from './lib/telemetry/telemetry.ts'
import type { Telemetry } from './lib/telemetry/telemetry.ts'
import { version } from './lib/version.ts'
import { limits } from './limits.ts'
import { prepareLan, takePort } from './listen.ts'
import type { Lan } from './listen.ts'
import { startOps } from './ops/ops.ts'
import type { Ops } from './ops/ops.ts'
import { addRoutes, addWorkerRoutes } from './routes.ts'

const root = path.join(import.meta.dirname, '..')

/** What a process does: everything, or one part of it beside others on the same database. */
export type Role = 'all' | 'web' | 'worker'

/** A running ARV, for the command line and for tests. */
export interface Running {
  app: App
  /** Where it listens, which need not be `publicUrl`; a worker answers there for its health alone. */
  url: string
  /** Made up at the first start when none was set. */
  generatedPassword: string | undefined
  routes: readonly RegisteredRoute[]
  stop(): Promise<void>
}

export interface StartOptions {
  role?: Role
  lan?: boolean
  /** Others may listen on the same port. */
  sharePort?: boolean
  /** Given up when it fires. */
  signal?: AbortSignal
  log: Log
}

/** `npm start`, `web`, `worker`: until a signal ends it. */
export async function serve(config: Config, options: { lan: boolean; role: Role; sharePort: boolean }): Promise<void> {
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY === true })
  const asked = new AbortController()
  const stopping = waitForSignal().then(() => asked.abort())
  const running = await start(config, { ...options, log, signal: asked.signal }).catch((error: unknown) => {
    // A Ctrl-C reaches the programs that we start, too: whatever failed then failed because of it.
    if (asked.signal.aborted) return log.info('stopped before the start was done')
    throw error
  })
  if (running === undefined) return process.disconnect?.()
  if (options.role === 'all') await announce({ ...running.app, adminEmail: config.adminEmail, generatedPassword: running.generatedPassword }, options)
  else log.info({ url: running.url, public_url: running.app.publicUrl }, `${options.role} is ready`)
  process.send?.({ ready: true })
  // Whoever started and watches us is gone, and with it perhaps the database.
  process.once('disconnect', () => process.exit(1))
  await stopping
  log.info('stopping')
  const forced = setTimeout(() => process.exit(1), config.stopGraceMs + limits.stopSlackMs)
  await running.stop()
  clearTimeout(forced)
  process.removeAllListeners('disconnect')
  if (process.connected) process.disconnect()
}

/** Starts database, server and workers, as far as the role has them. When it throws, whatever was started is stopped again. */
export async function start(config: Config, options: StartOptions): Promise<Running> {
  const { log, role = 'all', signal } = options
  await makeDataFolder(config)
  const lan = options.lan === true ? await prepareLan(config) : undefined
  const preparing = Promise.all([buildAssets({ log, host: config.cdnUrl }), findPrograms(log), hashInputs(root, ['src', 'migrations', 'package-lock.json'], [])])
  preparing.catch(() => {})
  const telemetry = createTelemetry({ log })
  const stopExporting = await startExporting(config, telemetry)
  const opened = await openDatabase({ ...config, log })
  opened.database.watchQueries(telemetry.noteQuery)
  logSlowQueries(opened.database, log, config.slowQueryMs)
  const started: { server?: Server; workers?: Workers; cache?: Cache; storage?: Storage; ops?: Ops; visits?: Visits } = {}
  const stop = async () => {
    started.ops?.health.drain()
    await Promise.all([started.server && drainServer(started.server, config.stopGraceMs), started.workers?.stop()])
    await started.visits?.stop()
    await started.ops?.stop()
    await started.cache?.close()
    await started.storage?.close()
    await opened.close()
    await stopExporting()
    telemetry.close()
  }
  let generatedPassword: string | undefined
  const locks = opened.database.holdLocks()
  try {
    if (options.sharePort !== true && role !== 'worker' && config.port !== 0) await takePort(config.port, lan === undefined ? config.host : '0.0.0.0')
    // Of several processes that start at once one makes what is missing, and the others find it made.
    signal?.throwIfAborted()
    await locks.lock('arv start').catch((error: unknown) => { throw config.databaseUrl === undefined ? error : explainDatabase(error, config.databaseUrl) })
    generatedPassword = (await prepareDatabase(config, opened, log)).generatedPassword
    const [assets, programs, code] = await preparing
    signal?.throwIfAborted()
    const cache = (started.cache = await openCache(config, opened, code, telemetry, log))
    const visits = (started.visits = openVisits(opened.database, log))
    const storage = (started.storage = await openStorage({ dir: path.join(config.dataDir, 'storage'), s3: config.s3, nearBytesMax: config.s3CacheBytesMax, alone: opened.soleOwner, watchGuard: telemetry.watchGuard, log }))
    const server = (started.server = await createServer({ log, telemetry, trustProxy: config.trustProxy, tls: role === 'worker' ? undefined : lan?.certificate, redisUrl: config.redisUrl, cdnUrl: config.cdnUrl }))
    const parts = { config, publicUrl: '', database: opened.database, db: opened.database.db, cache, visits, storage, mail: createMailer({ url: config.smtpUrl, from: config.mailFrom }), programs, assets, answers: server.answers, telemetry, log }
    const app: App = Object.assign(parts, { ops: (started.ops = startOps(parts, { role, sharePort: options.sharePort === true })) })
    signal?.throwIfAborted()
    const url = await listen(server, app, { ...options, lan })
    if (role !== 'web') started.workers = await startWork(app, opened, role)
    if (config.demo && role !== 'worker') await ensureDemo(app).catch((error: unknown) => log.error({ err: error }, 'the demo could not be made'))
    await locks.release()
    return { app, url, generatedPassword, routes: listRoutes(server), stop }
  } catch (error) {
    // It is shown only once, so a start that goes no further must not keep it to itself.
    if (generatedPassword !== undefined) console.error(`The administrator ${config.adminEmail} was made; the password is ${generatedPassword}`)
    await locks.release()
    await stop()
    throw error
  }
}

/** Migrations, the queue's tables, the first administrator. Only one process at a time may do it. */
export async function prepareDatabase(config: Config, opened: OpenDatabase, log: Log): Promise<{ generatedPassword?: string }> {
  const { db } = opened.database
  const migrated = await migrateToLatest(db).catch((error: unknown) => {
    throw config.databaseUrl === undefined ? error : explainDatabase(error, config.databaseUrl)
  })
  if (migrated.length > 0) log.info({ migrations: migrated }, 'the database was brought up to date')
  await migrateQueue(opened.url, log)
  return await ensureAdministrator(db, { email: config.adminEmail, password: config.adminPassword })
}

async function makeDataFolder({ dataDir }: Config): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw explainFolder(error, dataDir)
  }
}

/** Traces and errors leave only where the settings send them, and what sends them is loaded only then. */
async function startExporting(config: Config, telemetry: Telemetry): Promise<() => Promise<void>> {
  const { otlp, sentryDsn, environment } = config
  if (otlp === undefined && sentryDsn === undefined) return async () => {}
  const exporting = await import('./lib/telemetry/exporting.ts')
  return exporting.startExporting(telemetry, { otlp, sentryDsn, environment, release: version })
}

async function openCache(config: Config, opened: OpenDatabase, code: string, telemetry: Telemetry, log: Log): Promise<Cache> {
  return await createCache({
    database: opened.database,
    space: opened.url,
    version: code,
    log,
    l1BytesMax: config.cacheMemoryBytesMax,
    redisUrl: config.redisUrl,
    watchGuard: telemetry.watchGuard,
    diskDir: path.join(config.dataDir, 'cache'),
    diskBytesMax: config.cacheDiskBytesMax,
    ttlSeconds: config.cacheTtlSeconds,
  })
}

/** The address is only known for sure once we listen, and routes need it: so the port is taken first, then routes are added. */
async function listen(server: Server, app: App, { role, lan, sharePort }: Pick<StartOptions, 'role' | 'sharePort'> & { lan: Lan | undefined }): Promise<string> {
  const { config } = app
  const host = lan === undefined ? config.host : '0.0.0.0'
  app.publicUrl = lan?.publicUrl ?? config.publicUrl ?? `http://localhost:${await takePort(0, config.host)}`
  if (role === 'worker') {
    addWorkerRoutes(app, server)
    return await server.listen({ port: config.workerPort, host })
  }
  addRoutes(app, server)
  return await server.listen({ port: config.port === 0 ? Number(new URL(app.publicUrl).port) : config.port, host, ...(sharePort === true ? { reusePort: true } : {}) })
}

async function startWork(app: App, opened: OpenDatabase, role: Role): Promise<Workers> {
  const lost = await requeueLostJobs(app.db)
  if (lost > 0) app.log.warn({ jobs: lost }, 'unfinished jobs had fallen out of the queue and were put back')
  const outdated = await recompileOutdatedLater(app.db)
  if (outdated > 0) app.log.info({ photos: outdated }, 'photos that an older version compiled are being compiled again')
  await planMonthsLater(app.db)
  const half = Math.max(1, app.config.workerConcurrency >> 1)
  return await startWorkers(app, {
    url: opened.url,
    database: opened.database,
    jobs: jobs.map((job) => app.telemetry.watchJob({ ...job, timeoutMs: Math.min(job.timeoutMs, app.config.taskTimeoutMs) })),
    concurrency: { photo: app.config.workerConcurrency, video: half, score: half, batch: 1, upkeep: 1, mail: 2 },
    log: app.log,
    soleOwner: opened.soleOwner,
    // Beside a server somebody waits for the stop; a worker may take its time.
    ...(role === 'worker' ? { stopGraceMs: app.config.stopGraceMs } : {}),
  })
}
