import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../../test/factories.ts'
import { testDatabase } from '../../../test/postgres.ts'
import type { TestDatabase } from '../../../test/postgres.ts'
import { createLog } from '../log.ts'
import { connectDatabase, sql, withOneConnection } from './db.ts'
import { logSlowQueries } from './slow.ts'

let testDb: TestDatabase
before(async () => {
  testDb = await testDatabase()
})
after(async () => await testDb.drop())

test('a burst opens at most as many connections as the pool allows, and everybody is served', async () => {
  const database = connectDatabase(testDb.url, { connectionsMax: 4 })
  let most = 0
  await Promise.all(Array.from({ length: 128 }, async () => {
    await sql`select pg_sleep(0.002)`.execute(database.db)
    most = Math.max(most, database.pool().open)
  }))
  const { max, open, idle, waiting, refused } = database.pool()
  assert.deepEqual({ max, most, waiting, refused, isIdle: open === idle }, { max: 4, most: 4, waiting: 0, refused: 0, isIdle: true })
  await database.end()
})

test('whoever waits too long for a connection is told to come again', async () => {
  const database = connectDatabase(testDb.url, { connectionsMax: 1, waitMs: 50 })
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
  const holder = database.db.transaction().execute(async (trx) => {
    await sql`select 1`.execute(trx)
    await mayEnd
  })
  await waitFor('the connection to be taken', async () => database.pool(), ({ open, idle }) => open === 1 && idle === 0)
  await assert.rejects(sql`select 1`.execute(database.db), { code: 'overloaded' })
  end()
  await holder
  assert.equal(database.pool().refused, 1)
  await sql`select 1`.execute(database.db)
  await database.end()
})

test('a connection that died is not given out again, and a transaction on it does not go on elsewhere', async () => {
  const database = connectDatabase(testDb.url, { connectionsMax: 2 })
  const killer = connectDatabase(testDb.url, { connectionsMax: 1 })
  await sql`create table held (n int)`.execute(database.db)
  const failed = await database.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
    await sql`insert into held values (1)`.execute(trx)
    await sql`select pg_terminate_backend(${rows[0].pid}::int)`.execute(killer.db)
    await sleep(50)
    await sql`insert into held values (2)`.execute(trx)
  }).then(() => 'went on', () => 'failed')
  assert.equal(failed, 'failed')
  assert.deepEqual((await sql`select n from held`.execute(database.db)).rows, [])
  await Promise.all([database.end(), killer.end()])
})

test('one request uses one connection at a time, however many of its queries go on side by side', async () => {
  const database = connectDatabase(testDb.url, { connectionsMax: 20 })
  const pids = await withOneConnection(async () => await Promise.all(Array.from({ length: 10 }, async () =>
    (await sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.01)`.execute(database.db)).rows[0].pid)))
  assert.equal(new Set(pids).size, 1)
  const nested = withOneConnection(async () => await database.db.transaction().execute(async (trx) => {
    await sql`select 1`.execute(trx)
    await sql`select 1`.execute(database.db)
  }))
  await assert.rejects(nested, /second connection/)
  await database.end()
})

test('statements that come again are prepared; those that come once are not', async () => {
  const database = connectDatabase(testDb.url, { connectionsMax: 1 })
  for (let n = 0; n < 5; n++) await sql`select ${n}::int + 41 as again`.execute(database.db)
  await sql`select ${1}::int + 41 as once`.execute(database.db)
  const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements where statement like '%+ 41%'`.execute(database.db)
  assert.deepEqual(rows.map(({ statement }) => statement), ['select $1::int + 41 as again'])
  await database.end()
})

test('a slow query is logged with its plan, once a minute', async () => {
  const database = connectDatabase(testDb.url, { connectionsMax: 2 })
  const lines: Record<string, unknown>[] = []
  const log = { ...createLog({ level: 'silent', pretty: false }), warn: (fields: Record<string, unknown>) => lines.push(fields) } as never
  const stop = logSlowQueries(database, log, 20)
  for (let n = 0; n < 2; n++) await sql`select relname from pg_class, pg_sleep(0.03) where oid = ${1259}::oid`.execute(database.db)
  await sql`select 1`.execute(database.db)
  await waitFor('two lines in the log', async () => lines, ({ length }) => length === 2)
  stop()
  assert.deepEqual(lines.map(({ plan }) => (typeof plan === 'string' ? plan.includes('pg_class_oid_index') : 'none')).sort(), ['none', true])
  await database.end()
})
