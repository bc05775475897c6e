import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { announce, waitForSignal } from './announce.ts'
import { inheritedEnvironment } from './config.ts'
import type { Config } from './config.ts'
import { buildAssets } from './lib/assets/assets.ts'
import { openDatabase } from './lib/db/open.ts'
import type { OpenDatabase } from './lib/db/open.ts'
import { createLog } from './lib/log.ts'
import type { Log } from './lib/log.ts'
import { freeDeadWorkers } from './lib/queue/queue.ts'
import { limits } from './limits.ts'
import { prepareLan, takePort } from './listen.ts'
import { prepareDatabase } from './serve.ts'
import type { Role } from './serve.ts'

/** Where Node can set SO_REUSEPORT so that the kernel deals connections out evenly. */
const canSharePort = ['linux', 'freebsd'].includes(process.platform)

interface ClusterOptions {
  lan: boolean
  /** Processes that answer requests; beside them one that works, when the role is `all`. */
  webs: number
  role: Exclude<Role, 'worker'>
}

/**
 * Several processes that share one port. This one answers nothing itself: it owns the database that we bring, and starts again
 * whichever of the others ends. The kernel deals connections out among those that listen (SO_REUSEPORT); Node's own way, one process
 * that hands them on, would let those hang that it hands to one that has just died.
 */
export async function superviseCluster(config: Config, options: ClusterOptions): Promise<void> {
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY === true })
  const stopping = waitForSignal()
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const opened = await openDatabase({ ...config, log })
  const children: Child[] = []
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop()))
    await opened.close()
  }
  try {
    const port = await takePort(config.port, options.lan ? '0.0.0.0' : config.host)
    const publicUrl = options.lan ? (await prepareLan(config)).publicUrl : config.publicUrl ?? `http://localhost:${port}`
    const generatedPassword = await prepare(config, opened, log)
    const environment = { DATABASE_URL: opened.url, DATABASE_URL_FILE: '', PORT: String(port), PUBLIC_URL: options.lan ? '' : publicUrl, WEB_CONCURRENCY: '1' }
    const webs = canSharePort ? options.webs : 1
    if (webs < options.webs) log.warn('this system lets one process alone listen on a port, so one web process is started')
    const roles: Role[] = [...Array.from({ length: webs }, () => 'web' as const), ...(options.role === 'all' ? ['worker' as const] : [])]
    for (const role of roles) children.push(keepChild({ role, args: [...(options.lan ? ['--lan'] : []), ...(canSharePort ? ['--share-port'] : [])], environment, stopMs: config.stopGraceMs + limits.stopSlackMs, log }))
    const isStopped = await Promise.race([stopping.then(() => true), Promise.all(children.map((child) => child.ready)).then(() => false)])
    if (!isStopped) await announce({ db: opened.database.db, publicUrl, adminEmail: config.adminEmail, generatedPassword }, options)
    await stopping
    log.info('stopping')
    await stop()
  } catch (error) {
    await stop()
    throw error
  }
}

async function prepare(config: Config, opened: OpenDatabase, log: Log): Promise<string | undefined> {
  const locks = opened.database.holdLocks()
  try {
    await locks.lock('arv start')
    const { generatedPassword } = await prepareDatabase(config, opened, log)
    if (opened.soleOwner) await freeDeadWorkers(opened.database.db, log)
    await buildAssets({ log })
    return generatedPassword
  } finally {
    await locks.release()
  }
}

export interface Child {
  /** Rejects when it ends before it was ever ready. */
  ready: Promise<void>
  stop(): Promise<void>
}

interface ChildOptions {
  role: Role
  args: string[]
  environment: Record<string, string>
  /** After this a child that was asked to end is killed. */
  stopMs: number
  log: Log
}

/** Starts a process and, whenever it ends unasked, starts it again: at once at first, ever later when that does not help. */
export function keepChild(options: ChildOptions): Child {
  const { role, log } = options
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  ready.catch(() => {})
  const stopping = new AbortController()
  let current: ChildProcess | undefined
  let wasReady = false
  const keep = async () => {
    for (let failures = 0; !stopping.signal.aborted;) {
      const begun = performance.now()
      const child = (current = startChild(options))
      child.once('message', () => {
        wasReady = true
        resolve()
      })
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      if (stopping.signal.aborted) return
      if (!wasReady) return reject(new Error(`a ${role} process ended while it started; what it said stands above`))
      failures = performance.now() - begun > limits.restartCalmMs ? 0 : failures + 1
      const pauseMs = failures === 0 ? 0 : Math.min(limits.restartPauseMaxMs, 100 * 2 ** failures)
      log.error({ role, pid: child.pid, code, signal, pause_ms: pauseMs }, 'a process ended by itself and is started again')
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const kept = keep()
  return {
    ready,
    stop: async () => {
      stopping.abort()
      current?.kill('SIGTERM')
      const late = setTimeout(() => {
        log.error({ role, pid: current?.pid }, 'a process did not stop in time and was killed')
        current?.kill('SIGKILL')
      }, options.stopMs)
      await kept
      clearTimeout(late)
    },
  }
}

function startChild({ role, args, environment }: ChildOptions): ChildProcess {
  return fork(path.join(import.meta.dirname, 'main.ts'), [role, ...args], { env: { ...inheritedEnvironment(), ...environment } })
}
