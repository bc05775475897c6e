import { mkdir } from 'node:fs/promises'
import { createServer as createProbe } from 'node:net'
import path from 'node:path'
import { renderUnicodeCompact } from 'uqr'
import { ensureAdministrator } from './accounts/accounts.ts'
import type { App } from './app.ts'
import type { Config } from './config.ts'
import { requeueLostJobs } from './content/content.ts'
import { ensureDemo } from './demo.ts'
import { jobs } from './jobs.ts'
import { buildAssets } from './lib/assets/assets.ts'
import { hashInputs } from './lib/assets/inputs.ts'
import { createCache } from './lib/cache/cache.ts'
import type { Cache } from './lib/cache/cache.ts'
import { migrateToLatest } from './lib/db/migrate.ts'
import { openDatabase } from './lib/db/open.ts'
import type { OpenDatabase } from './lib/db/open.ts'
import { ensureCertificate, findLanAddresses } from './lib/http/certificate.ts'
import type { Certificate } from './lib/http/certificate.ts'
import { createServer } from './lib/http/server.ts'
import type { Server } from './lib/http/server.ts'
import { createLog } from './lib/log.ts'
import type { Log } from './lib/log.ts'
import { claimFolder } from './lib/ownership.ts'
import { findPrograms } from './lib/process.ts'
import { migrateQueue, startWorkers } from './lib/queue/queue.ts'
import type { Workers } from './lib/queue/queue.ts'
import { createLocalStorage } from './lib/storage/local.ts'
import { limits } from './limits.ts'
import { addRoutes } from './routes.ts'

const root = path.join(import.meta.dirname, '..')

/** A running ARV, for the command line and for tests. */
export interface Running {
  app: App
  /** Where it listens, which need not be `publicUrl`. */
  url: string
  /** Made up at the first start when none was set. */
  generatedPassword: string | undefined
  stop(): Promise<void>
}

/** `npm start`: everything in one process, until a signal ends it. */
export async function serve(config: Config, options: { lan: boolean }): Promise<void> {
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY === true })
  const stopping = waitForSignal()
  const running = await start(config, { ...options, log })
  await announce(running, options)
  await stopping
  log.info('stopping')
  const forced = setTimeout(() => process.exit(1), 20_000)
  await running.stop()
  clearTimeout(forced)
}

/** Starts database, server and workers. When it throws, whatever was started is stopped again. */
export async function start(config: Config, options: { lan?: boolean; log: Log }): Promise<Running> {
  const { log } = options
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const lan = options.lan === true ? await prepareLan(config) : undefined
  const claim = config.databaseUrl === undefined ? undefined : await claimFolder(config.dataDir)
  const preparing = Promise.all([buildAssets({ log }), findPrograms(log), hashInputs(root, ['src', 'migrations', 'package-lock.json'], [])])
  preparing.catch(() => {})
  const opened = await openDatabase({ ...config, log }).catch(async (error: unknown) => {
    await claim?.release()
    throw error
  })
  let server: Server | undefined
  let workers: Workers | undefined
  let cache: Cache | undefined
  const stop = async () => {
    await server?.close()
    await workers?.stop()
    await cache?.close()
    await opened.close()
    await claim?.release()
  }
  let generatedPassword: string | undefined
  try {
    if (config.port !== 0) await takePort(config.port, lan === undefined ? config.host : '0.0.0.0')
    const migrated = await migrateToLatest(opened.database.db)
    if (migrated.length > 0) log.info({ migrations: migrated }, 'the database was brought up to date')
    await migrateQueue(opened.url, log)
    const [assets, programs, version] = await preparing
    cache = await openCache(config, opened, version, log)
    const storage = await createLocalStorage(path.join(config.dataDir, 'storage'))
    const administrator = await ensureAdministrator(opened.database.db, { email: config.adminEmail, password: config.adminPassword })
    generatedPassword = administrator.generatedPassword
    server = await createServer({ log, trustProxy: config.trustProxy, tls: lan?.certificate })
    const app: App = { config, publicUrl: '', database: opened.database, db: opened.database.db, cache, storage, programs, assets, log }
    const url = await listen(server, app, lan)
    workers = await startWork(app, opened)
    if (config.demo) await ensureDemo(app).catch((error: unknown) => log.error({ err: error }, 'the demo could not be made'))
    return { app, url, generatedPassword: administrator.generatedPassword, stop }
  } catch (error) {
    // It is shown only once, so a start that goes no further must not keep it to itself.
    if (generatedPassword !== undefined) console.error(`The administrator ${config.adminEmail} was made; the password is ${generatedPassword}`)
    await stop()
    throw error
  }
}

async function openCache(config: Config, opened: OpenDatabase, version: string, log: Log): Promise<Cache> {
  return await createCache({
    database: opened.database,
    space: opened.url,
    version,
    log,
    l1BytesMax: config.cacheMemoryBytesMax,
    redisUrl: config.redisUrl,
    diskDir: path.join(config.dataDir, 'cache'),
    diskBytesMax: config.cacheDiskBytesMax,
    ttlSeconds: config.cacheTtlSeconds,
  })
}

/** The address is only known for sure once we listen, and routes need it: so the port is taken first, then routes are added. */
async function listen(server: Server, app: App, lan: Lan | undefined): Promise<string> {
  const { config } = app
  app.publicUrl = lan?.publicUrl ?? config.publicUrl ?? `http://localhost:${await findFreePort(config.host)}`
  const port = config.port === 0 ? Number(new URL(app.publicUrl).port) : config.port
  addRoutes(app, server)
  return await server.listen({ port, host: lan === undefined ? config.host : '0.0.0.0' })
}

async function startWork(app: App, opened: OpenDatabase): Promise<Workers> {
  const lost = await requeueLostJobs(app.db)
  if (lost > 0) app.log.warn({ jobs: lost }, 'unfinished jobs had fallen out of the queue and were put back')
  const half = Math.max(1, app.config.workerConcurrency >> 1)
  return await startWorkers(app, {
    url: opened.url,
    database: opened.database,
    jobs,
    concurrency: { photo: app.config.workerConcurrency, video: half, score: half },
    log: app.log,
    soleOwner: opened.soleOwner,
  })
}

interface Lan {
  certificate: Certificate
  publicUrl: string
}

async function prepareLan(config: Config): Promise<Lan> {
  const addresses = findLanAddresses()
  if (addresses.length === 0) throw new Error('This computer is in no network that a phone could share. Connect it to Wi-Fi or a cable, then start again.')
  const certificate = await ensureCertificate(path.join(config.dataDir, 'tls'), addresses)
  return { certificate, publicUrl: `https://${addresses[0]}:${config.port}` }
}

async function findFreePort(host: string): Promise<number> {
  return await takePort(0, host)
}

/** Takes a port for a moment, to see that it is free before anything is made. Errors: EADDRINUSE. */
async function takePort(wanted: number, host: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createProbe()
    probe.once('error', reject)
    probe.listen(wanted, host, () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

/**
 * Ctrl-C comes twice, from the terminal and from npm: what follows the first at once is the same wish, so the stop goes on.
 * Whoever asks again later wants no more waiting.
 */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const handle = () => {
      firstAt ??= performance.now()
      if (performance.now() - firstAt > limits.sameSignalMs) process.exit(1)
      resolve()
    }
    process.on('SIGINT', handle)
    process.on('SIGTERM', handle)
  })
}

/** Tells a person where to go. The password is shown this once and nowhere else. */
async function announce(running: Running, options: { lan: boolean }): Promise<void> {
  const { app } = running
  const demo = await app.db.selectFrom('arContent').select('code').where('demoNumber', '=', 1).executeTakeFirst()
  const lines = ['', `  ARV is running at ${app.publicUrl}`, '', `  Orders       ${app.publicUrl}/admin`]
  if (running.generatedPassword !== undefined) {
    lines.push(`  E-mail       ${app.config.adminEmail}`, `  Password     ${running.generatedPassword}   (shown only now)`)
  }
  if (demo !== undefined) {
    const link = `${app.publicUrl}/v/${demo.code}`
    lines.push(`  Demo         ${link}`, '', ...renderUnicodeCompact(link, { border: 2 }).split('\n').map((line) => `  ${line}`), '')
    if (options.lan) lines.push('  Scan this with a phone in the same network, go past its warning about the certificate,', `  and hold it over the photo at ${app.publicUrl}`)
    else lines.push('  To try it with a phone: npm start -- --lan')
  }
  console.log(`${lines.join('\n')}\n`)
}
