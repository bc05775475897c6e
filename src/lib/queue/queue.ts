import { createHash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, parseCronItems, run, runMigrations } from 'graphile-worker'
import type { ParsedCronItem, Runner, TaskList, WorkerEvents } from 'graphile-worker'
import { sql } from 'kysely'
import { limits } from '../../limits.ts'
import type { Database, Db, LockHolder, Trx } from '../db/db.ts'
import type { Log } from '../log.ts'

/** What a job definition must say; `data` holds ids only, and `run` reads everything else anew. */
export interface Job<App, Data> {
  name: string
  /** Jobs of one lane share its workers, so slow work of one kind never holds up another. */
  lane: string
  timeoutMs: number
  /**
   * When it runs by itself, as cron says it (UTC), with no data: once each time, however many processes there are. `missedMs`: how late
   * a run still makes sense that nobody was there for.
   */
  schedule?: { cron: string; missedMs: number }
  run(app: App, data: Data, signal: AbortSignal): Promise<void>
}

export interface EnqueueOptions {
  runAt?: Date
  /** Keeps one job of this name waiting at most. */
  key?: string
  /** Jobs of one turn run one after the other, whatever their kind. */
  turn?: string
}

/** Puts a job into the queue as part of `trx`: it exists exactly when the rows written beside it do. */
export async function enqueueJob(trx: Trx | Db, job: { name: string }, data: Record<string, unknown>, options: EnqueueOptions = {}): Promise<void> {
  // Attempts are counted by the job itself: a killed server is no failure of the job, so the queue's own count must not end it.
  await sql`select graphile_worker.add_job(${job.name}, ${JSON.stringify(data)}::json, queue_name := ${turnName(options.turn)}::text, run_at := ${options.runAt ?? null}::timestamptz, job_key := ${options.key ?? null}::text, max_attempts := 1000)`.execute(trx)
}

const turnsMax = 256

/** One of few names: the queue keeps each for good. Two that share one by chance only take turns. */
function turnName(turn: string | undefined): string | null {
  return turn === undefined ? null : `turn ${createHash('sha256').update(turn).digest().readUInt32LE() % turnsMax}`
}

export async function migrateQueue(url: string, log: Log): Promise<void> {
  await runMigrations({ connectionString: url, logger: createLogger(log) })
}

export interface Workers {
  /** Lets running jobs finish for a moment, then aborts them; they begin again after the next start. */
  stop(): Promise<void>
}

/** Starts `concurrency[lane]` workers per lane. `soleOwner` says that no other process works on this database. */
export async function startWorkers<App>(
  app: App,
  options: { url: string; database: Database; jobs: readonly Job<App, never>[]; concurrency: Record<string, number>; log: Log; soleOwner: boolean; stopGraceMs?: number },
): Promise<Workers> {
  const { database, log } = options
  const locks = database.holdLocks()
  if (options.soleOwner) await freeDeadWorkers(database.db, log)
  else await unlockDeadWorkers(database.db, log, limits.deadWorkerLockedMinSeconds)
  await forgetBrokenAttempts(database.db)
  const runners: Runner[] = []
  const pools: ConnectionPool[] = []
  const holders: string[] = []
  let stopping = false
  for (const lane of Object.keys(options.concurrency)) {
    const taskList: TaskList = {}
    const laneJobs = options.jobs.filter((candidate) => candidate.lane === lane)
    for (const job of laneJobs) {
      taskList[job.name] = (payload, helpers) => runJob(app, job, payload as never, helpers.abortSignal)
    }
    runners.push(
      await run({
        connectionString: options.url,
        taskList,
        concurrency: options.concurrency[lane],
        pollInterval: limits.queuePollIntervalMs,
        noHandleSignals: true,
        parsedCronItems: listSchedules(laneJobs),
        maxPoolSize: options.concurrency[lane] + 2,
        logger: createLogger(log, () => stopping),
        events: createEvents(locks, pools, holders, log),
        preset: { worker: { gracefulShutdownAbortTimeout: options.stopGraceMs ?? limits.jobStopGraceMs } },
      }),
    )
  }
  const timer = setInterval(() => void unlockDeadWorkers(database.db, log, limits.deadWorkerLockedMinSeconds).catch((error: unknown) => log.warn({ err: error }, 'could not look for dead workers')), limits.deadWorkerCheckIntervalMs)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      stopping = true
      await Promise.all(runners.map((runner) => runner.stop().catch((error: unknown) => log.warn({ err: error }, 'a worker did not stop cleanly'))))
      await waitUntilClosed(pools)
      // Of what was aborted the queue leaves some locked; others may go on with it at once.
      await unlockJobs(database.db, holders)
      await locks.release()
    },
  }
}

function listSchedules(jobs: readonly Job<never, never>[]): ParsedCronItem[] {
  return parseCronItems(jobs.flatMap(({ name, schedule }) =>
    (schedule === undefined ? [] : [{ task: name, match: schedule.cron, identifier: name, options: { backfillPeriod: schedule.missedMs, jobKey: `schedule ${name}` } }])))
}

async function runJob<App>(app: App, job: Job<App, never>, data: never, stopping: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(job.timeoutMs)
  await job.run(app, data, AbortSignal.any([stopping, timeout]))
}

/** The queue's own pool of connections, which it hands out in no other way. */
type QueuePool = EventEmitter & { readonly totalCount: number }
type ConnectionPool = { isClosed(): boolean }

/**
 * Every pool of workers holds a lock of its own name while it lives, so that the others can tell when it died: jobs are
 * locked by their pool's name, not by their worker's.
 */
function createEvents(locks: LockHolder, pools: ConnectionPool[], holders: string[], log: Log): WorkerEvents {
  const events = new EventEmitter() as unknown as WorkerEvents
  events.on('pool:create', ({ ctx, workerPool }) => {
    holders.push(workerPool.id)
    locks.lock(`worker ${workerPool.id}`).catch((error: unknown) => log.warn({ err: error }, 'workers could not announce themselves'))
    pools.push(watchPool((ctx as unknown as { pgPool: QueuePool }).pgPool, log))
  })
  return events
}

function watchPool(pool: QueuePool, log: Log): ConnectionPool {
  let open = pool.totalCount
  pool.on('connect', () => open++)
  // Told when the connection has closed; `totalCount` falls when it begins to.
  pool.on('remove', () => open--)
  // The queue stops listening for errors before its connections have closed; one that broke then would end the process.
  pool.on('error', (error) => log.debug({ err: error }, 'a connection of the queue broke'))
  return { isClosed: () => open <= 0 && pool.totalCount === 0 }
}

/** The queue says that it has stopped while its connections are still closing. */
async function waitUntilClosed(pools: ConnectionPool[]): Promise<void> {
  const deadline = performance.now() + limits.queueCloseTimeoutMs
  while (!pools.every((pool) => pool.isClosed()) && performance.now() < deadline) await sleep(5)
}

/** What an earlier stop or kill cut short goes on at once: the queue would let it wait ever longer. */
async function forgetBrokenAttempts(db: Db): Promise<void> {
  await sql`
    select graphile_worker.reschedule_jobs(array(select id from graphile_worker.jobs where attempts > 0 and locked_by is null), run_at := now(), attempts := 0)`.execute(db)
}

/** Frees what dead workers held, at once: nobody can be about to start work on this database. */
export async function freeDeadWorkers(db: Db, log: Log): Promise<void> {
  await unlockDeadWorkers(db, log, 0)
}

/** Frees the jobs of workers that are gone: nobody holds the lock of their name any more. */
async function unlockDeadWorkers(db: Db, log: Log, secondsLockedMin: number): Promise<void> {
  const dead = await sql<{ locked_by: string }>`
    select distinct locked_by from graphile_worker.jobs
    where locked_by is not null and locked_at <= now() - make_interval(secs => ${secondsLockedMin})
      and not exists (
        select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
          and (classid::bigint << 32 | objid::bigint) = hashtextextended('worker ' || locked_by, 0))`.execute(db.withoutPlugins())
  if (dead.rows.length === 0) return
  await unlockJobs(db, dead.rows.map((row) => row.locked_by))
  log.info({ workers: dead.rows.length }, 'took over the jobs of workers that had died')
}

async function unlockJobs(db: Db, holders: string[]): Promise<void> {
  await sql`select graphile_worker.force_unlock_workers(${holders}::text[])`.execute(db)
}

/** While we stop, the jobs that we abort are no errors. */
function createLogger(log: Log, isStopping = () => false): Logger {
  const levels = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const
  return new Logger(() => (level, message) => {
    log[isStopping() ? 'debug' : levels[level as keyof typeof levels] ?? 'debug'](`queue: ${message}`)
  })
}
