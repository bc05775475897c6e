import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { App } from '../app.ts'
import { sql } from '../lib/db/db.ts'
import { findPendingMigrations } from '../lib/db/migrate.ts'
import { limits } from '../limits.ts'
import type { Facts } from './facts.ts'

export const healthChecks = ['database', 'migrations', 'storage', 'queue', 'cache', 'outside', 'disk', 'stopping'] as const
export type HealthCheckName = (typeof healthChecks)[number]

/** `degraded`: it works, and somebody should look. `failed`: guests or studios are not served as they should be. */
export type HealthStatus = 'ok' | 'degraded' | 'failed'

export interface HealthCheck {
  name: HealthCheckName
  status: HealthStatus
  /** How long it took to find out. */
  ms: number
  /** For operators, in English: numbers and names. */
  detail: string
}

export interface HealthReport {
  status: HealthStatus
  /** Whether a balancer may send guests here. */
  ready: boolean
  checks: HealthCheck[]
}

export interface Health {
  /** Looks at everything, at most once in a second however many ask. Throws nothing. */
  check(): Promise<HealthReport>
  /** From now on no balancer should send anything here; what comes all the same is answered until the server closes. */
  drain(): void
}

/** Without these, nobody is to be sent here. */
const needed: ReadonlySet<HealthCheckName> = new Set<HealthCheckName>(['database', 'migrations', 'storage', 'queue', 'stopping'])

export function createHealth(app: Omit<App, 'ops'>, readFacts: () => Promise<Facts>): Health {
  let isStopping = false
  let checkedAt = -Infinity
  let checking: Promise<HealthReport> | undefined
  const probes: Record<HealthCheckName, () => Promise<[HealthStatus, string]>> = {
    database: async () => {
      await sql`select 1`.execute(app.db)
      const { open, idle, max, waiting } = app.database.pool()
      return ['ok', `${open - idle} of ${max} connections in use, ${waiting} waiting`]
    },
    migrations: async () => {
      const pending = await findPendingMigrations(app.db)
      return [pending.length === 0 ? 'ok' : 'failed', pending.length === 0 ? 'up to date' : `missing: ${pending.join(', ')}`]
    },
    storage: async () => await checkStorage(app),
    queue: async () => {
      const { queue } = await readFacts()
      if (queue === undefined) throw new Error('it does not answer')
      const oldest = Math.max(0, ...queue.map((kind) => kind.oldestSeconds))
      const waiting = queue.reduce((sum, kind) => sum + kind.waiting, 0)
      return [oldest * 1000 > limits.queueAgeDegradedMs ? 'degraded' : 'ok', `${waiting} waiting, the oldest for ${Math.round(oldest)} s`]
    },
    cache: async () => {
      const { levels } = app.cache.stats()
      const isDown = levels.redis?.connected === false
      return [isDown ? 'degraded' : 'ok', levels.redis === null ? 'memory and disk' : isDown ? 'Redis is away' : 'Redis is connected']
    },
    outside: async () => {
      const broken = app.telemetry.outside.map(({ guard }) => guard.stats()).filter((stats) => stats.state !== 'closed')
      return [broken.length === 0 ? 'ok' : 'degraded', broken.map((stats) => `${stats.name}: ${stats.state}`).join(', ') || 'every circuit is closed']
    },
    disk: async () => {
      const { disks } = await readFacts()
      const low = disks.some((disk) => disk.freeBytes < limits.diskFreeDegradedBytes)
      return [low ? 'degraded' : 'ok', disks.map((disk) => `${disk.folder}: ${Math.round(disk.freeBytes / 1e9)} GB free of ${Math.round(disk.sizeBytes / 1e9)}`).join(', ')]
    },
    stopping: async () => [isStopping ? 'failed' : 'ok', isStopping ? 'this process is stopping' : 'no'],
  }
  const look = async (): Promise<HealthReport> => {
    const checks = await Promise.all(healthChecks.map(async (name) => await runProbe(name, probes[name])))
    const bad = checks.filter((check) => check.status === 'failed')
    for (const check of bad) if (check.name !== 'stopping') app.log.warn({ check: check.name, detail: check.detail }, 'a health check failed')
    return {
      status: bad.length > 0 ? 'failed' : checks.some((check) => check.status === 'degraded') ? 'degraded' : 'ok',
      ready: !bad.some((check) => needed.has(check.name)),
      checks,
    }
  }
  return {
    check: async () => {
      if (checking === undefined || performance.now() - checkedAt > limits.healthAgeMaxMs) {
        checkedAt = performance.now()
        checking = look()
      }
      return await checking
    },
    drain: () => {
      isStopping = true
      checkedAt = -Infinity
    },
  }
}

async function runProbe(name: HealthCheckName, probe: () => Promise<[HealthStatus, string]>): Promise<HealthCheck> {
  const startedAt = performance.now()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${limits.healthTimeoutMs} ms`)), limits.healthTimeoutMs)
  try {
    const [status, detail] = await Promise.race([probe(), late])
    return { name, status, detail, ms: performance.now() - startedAt }
  } catch (error) {
    return { name, status: 'failed', detail: (error as Error).message, ms: performance.now() - startedAt }
  } finally {
    clearTimeout(timer)
  }
}

/** Asked for a file that nobody has, so that also a store far away has to answer; and written to where uploads arrive. */
async function checkStorage(app: Omit<App, 'ops'>): Promise<[HealthStatus, string]> {
  await app.storage.find(`${'0'.repeat(64)}/health`)
  const file = path.join(app.storage.incoming, `health-${randomUUID()}`)
  try {
    await writeFile(file, 'written to see whether it can be', { mode: 0o600 })
  } finally {
    await rm(file, { force: true })
  }
  return ['ok', 'readable and writable']
}
