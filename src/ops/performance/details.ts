import type { App } from '../../app.ts'
import type { GuardStats } from '../../lib/resilience/guard.ts'
import { version } from '../../lib/version.ts'
import type { HealthCheck, HealthStatus } from '../health.ts'

/** Everything about the state of this instance. */
export interface HealthDetails {
  status: HealthStatus
  ready: boolean
  instance: string
  uptime_seconds: number
  checks: HealthCheck[]
  circuits: { name: string; state: GuardStats['state']; retry_in_seconds: number; failures: number; calls: number; failed: number; rejected: number; retries: number }[]
  pool: { in_use: number; waiting: number; max: number }
  database: { version: string; size_bytes: number; connections: number; connections_max: number } | null
  jobs: { kind: string; waiting: number; running: number; later: number; oldest_seconds: number }[]
  disks: { folder: string; free_bytes: number; size_bytes: number }[]
  memory: { resident_bytes: number; heap_used_bytes: number; heap_bytes_max: number }
  versions: { arv: string; node: string; postgresql: string | null; platform: string }
}

export async function describeHealth(app: App): Promise<HealthDetails> {
  const { ops, telemetry } = app
  const [{ status, ready, checks }, { database, queue, disks }] = await Promise.all([ops.health.check(), ops.readFacts()])
  const meter = telemetry.process.read()
  const pool = app.database.pool()
  return {
    status, ready, instance: ops.sampler.instance(), uptime_seconds: Math.round(process.uptime()),
    checks: checks.map((check) => ({ ...check, ms: Math.round(check.ms * 10) / 10 })),
    circuits: telemetry.outside.map(({ guard }) => presentGuard(guard.stats())),
    pool: { in_use: pool.open - pool.idle, waiting: pool.waiting, max: pool.max },
    database: database === undefined ? null : {
      version: database.version, size_bytes: database.sizeBytes, connections: database.connections.reduce((sum, { count }) => sum + count, 0), connections_max: database.connectionsMax,
    },
    jobs: (queue ?? []).map(({ kind, waiting, running, later, oldestSeconds }) => ({ kind, waiting, running, later, oldest_seconds: Math.round(oldestSeconds) })),
    disks: disks.map((disk) => ({ folder: disk.folder, free_bytes: disk.freeBytes, size_bytes: disk.sizeBytes })),
    memory: { resident_bytes: meter.residentBytes, heap_used_bytes: meter.heapUsedBytes, heap_bytes_max: meter.heapBytesMax },
    versions: { arv: version, node: process.versions.node, postgresql: database?.version ?? null, platform: `${process.platform} ${process.arch}` },
  }
}

function presentGuard({ name, state, waitMs, failures, outcomes, retries }: GuardStats): HealthDetails['circuits'][number] {
  const calls = outcomes.succeeded + outcomes.answered + outcomes.failed + outcomes.timed_out + outcomes.aborted
  return { name, state, retry_in_seconds: Math.ceil(waitMs / 1000), failures, calls, failed: outcomes.failed + outcomes.timed_out, rejected: outcomes.rejected, retries }
}
