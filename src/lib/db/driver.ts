import { AsyncLocalStorage } from 'node:async_hooks'
import { CompiledQuery, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { DatabaseConnection, Dialect, Driver, QueryResult, TransactionSettings } from 'kysely'
import { limits } from '../../limits.ts'
import type { Connection, Pool } from './pool.ts'

/** One query that has run. */
export interface QuerySeen {
  sql: string
  parameters: readonly unknown[]
  milliseconds: number
}

/** What a request holds of the pool: never more than one connection. */
interface Scope {
  held: Lease | undefined
  waiting: (() => void)[]
}

const scopes = new AsyncLocalStorage<Scope>()

/**
 * Runs `work`, a request, so that all its queries share one connection at a time, whichever of them go on side by side: a request that
 * held one and waited for another would, with enough of its like, wait for ever.
 */
export function withOneConnection<T>(work: () => T): T {
  return scopes.run({ held: undefined, waiting: [] }, work)
}

/** Runs `work` as nobody's request. */
export function outsideOfRequests<T>(work: () => T): T {
  return scopes.exit(work)
}

class Lease implements DatabaseConnection {
  connection!: Connection
  readonly scope: Scope | undefined
  readonly #runQuery: RunQuery
  inTransaction = false

  constructor(scope: Scope | undefined, runQuery: RunQuery) {
    this.scope = scope
    this.#runQuery = runQuery
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return await this.#runQuery(this.connection, query) as QueryResult<R>
  }

  async *streamQuery(): AsyncGenerator<never> {
    throw new Error('rows are not streamed here: ask for them in pages')
  }
}

type RunQuery = (connection: Connection, query: CompiledQuery) => Promise<QueryResult<unknown>>

/** Kysely on our own pool, with prepared statements. `onQuery` hears of every query. */
export function createDialect(pool: Pool, onQuery: (seen: QuerySeen) => void): Dialect {
  const statements = createStatementMemory()
  const runQuery: RunQuery = async (connection, { sql, parameters }) => {
    if (connection.broken) throw new Error('the connection to the database was lost')
    const started = performance.now()
    const result = await connection.client.unsafe(sql, parameters as never[], { prepare: statements.isWorthPreparing(sql, parameters) })
    onQuery({ sql, parameters, milliseconds: performance.now() - started })
    const changes = result.command === 'INSERT' || result.command === 'UPDATE' || result.command === 'DELETE' || result.command === 'MERGE'
    return { rows: Array.from(result), ...(changes ? { numAffectedRows: BigInt(result.count) } : {}) }
  }
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(pool, runQuery),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

function createDriver(pool: Pool, runQuery: RunQuery): Driver {
  const run = async (connection: DatabaseConnection, sql: string) => void (await connection.executeQuery(CompiledQuery.raw(sql)))
  const end = async (connection: DatabaseConnection, sql: string) => {
    (connection as Lease).inTransaction = false
    await run(connection, sql)
  }
  return {
    init: async () => {},
    acquireConnection: async () => {
      const scope = scopes.getStore()
      const lease = new Lease(scope, runQuery)
      if (scope !== undefined) await takeTurn(scope, lease)
      try {
        lease.connection = await pool.acquire()
        return lease
      } catch (error) {
        letNextOfOwn(scope)
        throw error
      }
    },
    beginTransaction: async (connection, { isolationLevel }: TransactionSettings) => {
      (connection as Lease).inTransaction = true
      await run(connection, isolationLevel === undefined ? 'begin' : `start transaction isolation level ${isolationLevel}`)
    },
    commitTransaction: async (connection) => await end(connection, 'commit'),
    rollbackTransaction: async (connection) => await end(connection, 'rollback'),
    releaseConnection: async (connection) => {
      const { connection: leased, scope } = connection as Lease
      pool.release(leased)
      letNextOfOwn(scope)
    },
    destroy: async () => await pool.end(),
  }
}

/** Errors: when the request's own transaction has the connection; it may be waiting for this very query. */
async function takeTurn(scope: Scope, lease: Lease): Promise<void> {
  while (scope.held !== undefined) {
    if (scope.held.inTransaction) throw new Error('a request asked for a second connection while its transaction has one: hand trx on, not db')
    await new Promise<void>((resolve) => scope.waiting.push(resolve))
  }
  scope.held = lease
}

function letNextOfOwn(scope: Scope | undefined): void {
  if (scope === undefined) return
  scope.held = undefined
  scope.waiting.shift()?.()
}

/** A statement is prepared when it comes again: those that come once, such as migrations, would only fill the server's memory. */
function createStatementMemory(): { isWorthPreparing(sql: string, parameters: readonly unknown[]): boolean } {
  const seen = new Map<string, number>()
  return {
    isWorthPreparing: (sql, parameters) => {
      if (parameters.length === 0 && !/^\s*(select|with)\b/i.test(sql)) return false
      const times = (seen.get(sql) ?? 0) + 1
      if (times === 1 && seen.size >= limits.preparedStatementsMax) return false
      if (times <= 3) seen.set(sql, times)
      return times > 2
    },
  }
}
