import { CamelCasePlugin, Kysely, sql as kyselySql } from 'kysely'
import type { Transaction, UpdateObject } from 'kysely'
import postgres from 'postgres'
import { limits } from '../../limits.ts'
import { createDialect } from './driver.ts'
import type { QuerySeen } from './driver.ts'
import { createPool } from './pool.ts'
import type { PoolStats } from './pool.ts'
import type { Tables } from './tables.generated.ts'

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
/** What `set` takes for a table. */
export type UpdateOf<Table extends keyof Tables> = UpdateObject<Tables, Table>
export { kyselySql as sql }
export { outsideOfRequests, withOneConnection } from './driver.ts'
export type { QuerySeen } from './driver.ts'

export interface Database {
  db: Db
  /** How the pool is used at this moment. */
  pool(): PoolStats
  /** Calls `listener` for every query from now on. Returns how to stop it. */
  watchQueries(listener: (seen: QuerySeen) => void): () => void
  /** Another Kysely on one connection of its own, for many writes in turn; `settings` are PostgreSQL's. */
  openWriter(settings: Record<string, string>): Db
  /**
   * Calls `onMessage` for every NOTIFY on `channel`, again after a lost connection. Resolves when listening. `onListening` is
   * called each time it begins to listen: what was announced before may have been missed.
   */
  listen(channel: string, onMessage: (payload: string) => void, onListening?: () => void): Promise<{ unlisten: () => Promise<void> }>
  /** Announces on a connection of its own, so that it never waits for queries. Resolves when committed. */
  notify(channel: string, payloads: string[]): Promise<void>
  /** Holds a session-level advisory lock until `release`, on a connection of its own. */
  holdLocks(): LockHolder
  end(): Promise<void>
}

export interface LockHolder {
  lock(key: string): Promise<void>
  release(): Promise<void>
}

export interface ConnectOptions {
  /** The pool's connections; 20 kept and 10 more in a burst unless told. */
  connectionsMax?: number
  connectionsKept?: number
  /** Instead of `limits.databaseWaitMs`. */
  waitMs?: number
}

const types = {
  // Ids and byte counts stay below 2^53, so numbers serve; postgres.js would give strings.
  bigint: { to: 20, from: [20], parse: Number, serialize: String },
  // Kysely hands over JSON as text already; postgres.js would wrap it in a string once more.
  json: { to: 114, from: [114], parse: JSON.parse, serialize: String },
  jsonb: { to: 3802, from: [3802], parse: JSON.parse, serialize: String },
}

/** Connects lazily to PostgreSQL at `url`. One pool for queries; listening, announcing and locks have connections of their own. */
export function connectDatabase(url: string, options: ConnectOptions = {}): Database {
  const listeners = new Set<(seen: QuerySeen) => void>()
  const max = options.connectionsMax ?? limits.databaseConnectionsKept + limits.databaseConnectionsOverflow
  const open = (size: { kept: number; max: number; waitMs?: number | undefined }, settings: Record<string, string> = {}) => {
    const pool = createPool(size, (onClose) => connectOne(url, settings, onClose))
    const db = new Kysely<Tables>({
      dialect: createDialect(pool, (seen) => {
        for (const listener of listeners) listener(seen)
      }),
      plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
    })
    return { pool, db }
  }
  const { pool, db } = open({ max, kept: Math.min(max, options.connectionsKept ?? limits.databaseConnectionsKept), waitMs: options.waitMs })
  const writers: Db[] = []
  const listener = postgres(url, { max: 1, idle_timeout: 60, connect_timeout: 10, backoff: () => 0.2 + 0.2 * Math.random(), onnotice: () => {}, fetch_types: false, connection: { application_name: 'arv listener' } })
  // Tried again soon after an outage: until it works, nothing that is cached can be trusted.
  const announcer = postgres(url, { max: 1, idle_timeout: 60, connect_timeout: 10, backoff: () => 0.2, onnotice: () => {}, fetch_types: false, connection: { application_name: 'arv announcer' } })
  return {
    db,
    pool: pool.stats,
    watchQueries: (watcher) => {
      listeners.add(watcher)
      return () => void listeners.delete(watcher)
    },
    openWriter: (settings) => {
      const writer = open({ max: 1, kept: 1 }, settings)
      writers.push(writer.db)
      return writer.db
    },
    listen: (channel, onMessage, onListening) => listener.listen(channel, onMessage, onListening),
    notify: async (channel, payloads) => {
      await announcer`select pg_notify(${channel}, payload) from jsonb_array_elements_text(${JSON.stringify(payloads)}::text::jsonb) payload`
    },
    holdLocks: () => createLockHolder(url),
    end: async () => {
      await Promise.all([db.destroy(), ...writers.map((writer) => writer.destroy()), listener.end({ timeout: 5 }), announcer.end({ timeout: 5 })])
    },
  }
}

function connectOne(url: string, settings: Record<string, string>, onClose: () => void): postgres.Sql {
  return postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    // Its own would be 10 ms for a server that answers but refuses, for as long as it refuses.
    backoff: () => 0.2 + 0.2 * Math.random(),
    onnotice: () => {},
    onclose: onClose,
    connection: { application_name: 'arv', statement_timeout: limits.databaseStatementTimeoutMs, lock_timeout: limits.databaseLockTimeoutMs, ...settings } as never,
    types,
  })
}

/** Whether `error` is PostgreSQL's refusal of a duplicate in `constraint`. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof postgres.PostgresError) || error.code !== '23505') return false
  return constraint === undefined || error.constraint_name === constraint
}

function createLockHolder(url: string): LockHolder {
  const held = new Set<string>()
  const takeLock = async (connection: postgres.Sql, key: string) => {
    await connection`select pg_advisory_lock(hashtextextended(${key}, 0))`
  }
  const client = postgres(url, { max: 1, idle_timeout: 0, max_lifetime: null, onnotice: () => {}, connection: { application_name: 'arv locks' }, onclose: () => void relock() })
  let ended = false
  async function relock(): Promise<void> {
    for (const key of held) {
      if (ended) return
      await takeLock(client, key).catch(() => {})
    }
  }
  return {
    lock: async (key) => {
      held.add(key)
      await takeLock(client, key)
    },
    release: async () => {
      ended = true
      await client.end({ timeout: 5 })
    },
  }
}

/** Whether the same would work in another attempt: two wrote the same row, waited for each other, or the connection broke before its commit. */
export function isRetryable(error: unknown): boolean {
  return error instanceof postgres.PostgresError && ['23505', '40001', '40P01'].includes(error.code)
}
