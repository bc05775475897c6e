import { CamelCasePlugin, Kysely, sql as kyselySql } from 'kysely'
import type { Transaction, UpdateObject } from 'kysely'
import { PostgresJSDialect } from 'kysely-postgres-js'
import postgres from 'postgres'
import { limits } from '../../limits.ts'
import type { Tables } from './tables.generated.ts'
import { countConnections } from './watch.ts'
import type { PoolUse } from './watch.ts'

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
/** What `set` takes for a table. */
export type UpdateOf<Table extends keyof Tables> = UpdateObject<Tables, Table>
export { kyselySql as sql }

export interface Database {
  db: Db
  readonly pool: Readonly<PoolUse>
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

export interface DatabaseOptions {
  connectionsMax?: number
  /** Called after every query, also one that failed. */
  onQuery?: ((sql: string, ms: number, error: unknown) => void) | undefined
}

/** Connects lazily to PostgreSQL at `url`. One pool for queries; listening and locks have connections of their own. */
export function connectDatabase(url: string, options: DatabaseOptions = {}): Database {
  const { onQuery } = options
  const pool = { inUse: 0, waiting: 0, max: options.connectionsMax ?? limits.databaseConnectionsMax }
  const client = postgres(url, {
    max: pool.max,
    idle_timeout: 60,
    connect_timeout: 10,
    // Its own would be 10 ms for a server that answers but refuses, for as long as it refuses.
    backoff: () => 0.2 + 0.2 * Math.random(),
    onnotice: () => {},
    connection: { application_name: 'arv', statement_timeout: limits.databaseStatementTimeoutMs },
    types: {
      // Ids and byte counts stay below 2^53, so numbers serve; postgres.js would give strings.
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
      // Kysely hands over JSON as text already; postgres.js would wrap it in a string once more.
      json: { to: 114, from: [114], parse: JSON.parse, serialize: String },
      jsonb: { to: 3802, from: [3802], parse: JSON.parse, serialize: String },
    },
  })
  const db = new Kysely<Tables>({
    dialect: countConnections(new PostgresJSDialect({ postgres: client }), pool),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
    log: onQuery && ((event) => onQuery(event.query.sql, event.queryDurationMillis, event.level === 'error' ? event.error : undefined)),
  })
  // Tried again soon after an outage: until it works, nothing that is cached can be trusted.
  const announcer = postgres(url, { max: 1, idle_timeout: 60, connect_timeout: 10, backoff: () => 0.2, onnotice: () => {}, fetch_types: false, connection: { application_name: 'arv announcer' } })
  return {
    db,
    pool,
    listen: (channel, onMessage, onListening) => client.listen(channel, onMessage, onListening),
    notify: async (channel, payloads) => {
      await announcer`select pg_notify(${channel}, payload) from jsonb_array_elements_text(${JSON.stringify(payloads)}::text::jsonb) payload`
    },
    holdLocks: () => createLockHolder(url),
    end: async () => {
      await Promise.all([client.end({ timeout: 5 }), announcer.end({ timeout: 5 })])
    },
  }
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
