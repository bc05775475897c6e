import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { recordVisits } from '../src/analytics/queries.ts'
import { selectTop, sumHours, sumPeriod, sumSteps } from '../src/analytics/counts.ts'
import type { Period } from '../src/analytics/counts.ts'
import { findPlace } from '../src/content/list.ts'
import * as contentQueries from '../src/content/queries.ts'
import { connectDatabase, sql } from '../src/lib/db/db.ts'
import type { Database, QuerySeen } from '../src/lib/db/db.ts'
import { migrateToLatest } from '../src/lib/db/migrate.ts'
import { seed } from '../src/seed.ts'
import { testDatabase } from './postgres.ts'
import type { TestDatabase } from './postgres.ts'

/**
 * The plans that PostgreSQL chooses when orders and visits are a million: made of real rows by the ten thousand, whose statistics then say
 * a million, so that this costs seconds.
 */

let testDb: TestDatabase
let database: Database
const realRows = 12_000

before(async () => {
  testDb = await testDatabase()
  database = connectDatabase(testDb.url, { connectionsMax: 2 })
  await migrateToLatest(database.db)
  await seed(database.db, { contents: realRows, visits: realRows })
  // The planner multiplies the pages that are there with the rows for each page that the catalogue tells.
  const { rows } = await sql<{ name: string; rows: number }>`
    select pg_restore_relation_stats('schemaname', 'public', 'relname', c.relname::text, 'relpages', c.relpages, 'reltuples', (c.reltuples * (1e6 / ${realRows}::int))::real) as told,
      c.relname as name, c.reltuples as rows
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i') and c.relpages > 20`.execute(database.db)
  assert.ok(rows.length > 10, 'the statistics were not raised')
  const { rows: [guess] } = await sql<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>`explain (format json) select 1 from ar_content`.execute(database.db.withoutPlugins())
  assert.ok(guess['QUERY PLAN'][0].Plan['Plan Rows'] > 900_000, 'the planner does not believe in a million')
})
after(async () => {
  await database.end()
  await testDb.drop()
})

interface Node {
  'Node Type': string
  'Relation Name'?: string
  'Sort Space Type'?: string
  'Temp Written Blocks'?: number
  'Total Cost': number
  Plans?: Node[]
}

/** Small whatever the rest holds: what waits to be folded, and lists of tenants. */
const smallTables = ['content_block_changes', 'visit_changes', 'companies', 'projects', 'settings', 'task_jobs', 'tasks', 'look_alikes', 'users', 'sessions', 'photos']

/** Every query that `work` sends, explained and run; what is wrong with its plan. */
async function findProblems(work: () => Promise<unknown>): Promise<string[]> {
  const seen: QuerySeen[] = []
  const stop = database.watchQueries((query) => seen.push(query))
  await work()
  stop()
  assert.ok(seen.length > 0, 'no query was seen')
  const problems: string[] = []
  for (const query of seen.filter(({ sql: text }) => /^\s*(select|with)\b/i.test(text))) {
    await database.db.transaction().execute(async (trx) => {
      for (const node of flatten(await explain(trx, query))) problems.push(...judge(node).map((problem) => `${problem}: ${query.sql.slice(0, 160)}`))
      await sql`savepoint undo`.execute(trx)
    })
  }
  return problems
}

async function explain(trx: Database['db'], { sql: text, parameters }: QuerySeen): Promise<Node> {
  const parts = text.split(/\$(\d+)(?!\d)/)
  const values = parts.filter((_, index) => index % 2 === 1).map((number) => parameters[Number(number) - 1])
  const texts = parts.filter((_, index) => index % 2 === 0)
  texts[0] = `explain (analyze, buffers, format json) ${texts[0]}`
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: Node }] }>(texts as unknown as TemplateStringsArray, ...values).execute(trx.withoutPlugins())
  return rows[0]['QUERY PLAN'][0].Plan
}

function flatten(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}

function judge(node: Node): string[] {
  const problems: string[] = []
  const name = node['Relation Name']
  if (node['Node Type'] === 'Seq Scan' && name !== undefined && !smallTables.includes(name)) problems.push(`sequential scan of ${name}`)
  if (node['Sort Space Type'] === 'Disk' || (node['Node Type'].includes('Sort') && (node['Temp Written Blocks'] ?? 0) > 0)) problems.push('a sort that spills')
  return problems
}

const month: Period = { from: '2026-01-01', to: '2026-12-31', timeZone: 'Europe/Moscow', days: 365, step: 'month' }

test('lists: every filter and order, near and far', async () => {
  const { db } = database
  const [one] = (await sql<{ companyId: number; projectId: number }>`select company_id, id as project_id from projects limit 1`.execute(db)).rows
  const slices = [{ limit: 20, offset: 0 }, { limit: 100, offset: 200 }]
  const found: string[] = []
  for (const slice of slices) {
    for (const filter of [{}, { companyId: one.companyId }, { projectId: one.projectId }, { status: 'failed' as const }, { companyId: one.companyId, status: 'archived' as const }, { sort: 'oldest' as const }, { sort: 'customer_name' as const }, { sort: 'order_number' as const }, { search: 'Romanova1' }, { search: 'an' }, { search: '@example.com' }, { since: new Date(Date.now() - 3_600_000) }]) {
      found.push(...await findProblems(async () => await findPlace(db, { companyId: null, ...filter }, slice)))
    }
  }
  assert.deepEqual(found, [])
  const { ids } = await findPlace(db, { companyId: null }, slices[0])
  assert.deepEqual(await findProblems(async () => await contentQueries.selectContentRows(db, ids)), [])
})

test('a guest’s link, and the page of an order', async () => {
  const { db } = database
  const [order] = (await sql<{ id: number; uniqueId: string; code: string }>`select id, unique_id, code from ar_content limit 1`.execute(db)).rows
  assert.deepEqual(await findProblems(async () => {
    await contentQueries.findContent(db, { uniqueId: order.uniqueId })
    await contentQueries.findContent(db, { code: order.code })
    await contentQueries.selectVideos(db, order.id)
    await contentQueries.selectLookAlikes(db, order.id, 12)
  }), [])
})

test('recording visits', async () => {
  const writer = database.openWriter({ enable_seqscan: 'off', plan_cache_mode: 'force_generic_plan' })
  const { rows: orders } = await sql<{ uniqueId: string }>`select unique_id from ar_content limit 50`.execute(database.db)
  const records = orders.map(({ uniqueId }) => ({
    kind: 'report' as const, id: randomUUID(), contentId: null, uniqueId, videoId: null, source: 'web' as const, startedAt: new Date().toISOString(), camera: null, timeToLockMs: null,
    lockCount: 0, durationMs: 0, watchedMs: 0, watchedWithoutCamera: false, videoPlayed: false, buttonClicks: 0, trackingQuality: null, deviceType: null, deviceModel: null, os: null, browser: null,
  }))
  const seen: QuerySeen[] = []
  const stop = database.watchQueries((query) => seen.push(query))
  await recordVisits(writer, records)
  stop()
  const problems = await writer.transaction().execute(async (trx) => flatten(await explain(trx, seen[0])).flatMap(judge))
  assert.deepEqual(problems, [])
})

test('statistics of everybody, a company, an order', async () => {
  const { db } = database
  const [one] = (await sql<{ companyId: number; id: number }>`select company_id, id from ar_content limit 1`.execute(db)).rows
  for (const scope of [{ name: 'platform', id: 0 }, { name: 'company', id: one.companyId }, { name: 'content', id: one.id }] as const) {
    for (const period of [month, { ...month, from: '2026-11-01', to: '2026-11-30', step: 'day' as const, days: 30 }]) {
      assert.deepEqual(await findProblems(async () => {
        await sumPeriod(db, scope, period)
        await sumSteps(db, scope, period)
        await sumHours(db, scope, period)
        if (scope.name !== 'content') await selectTop(db, scope, period)
      }), [], `${scope.name} ${period.step}`)
    }
  }
})

test('the guide’s indexes are there, and every reference has one', async () => {
  const { rows } = await sql<{ name: string; table: string; columns: string[]; isUnique: boolean }>`
    select i.relname as name, t.relname as "table", x.indisunique as is_unique, array(select a.attname::text from unnest(x.indkey::int2[]) with ordinality k (n, turn)
      join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n order by turn) as columns
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid where t.relnamespace = 'public'::regnamespace and not t.relispartition`.execute(database.db)
  const named = new Map(rows.map((row) => [row.name, row.columns]))
  assert.deepEqual(named.get('idx_ar_content_created_at')?.[0], 'created_at')
  assert.deepEqual(named.get('idx_videos_ar_content_status'), ['ar_content_id', 'status'])
  assert.deepEqual(named.get('idx_ar_content_company_project'), ['company_id', 'project_id', 'status'])
  for (const [table, column, unique] of [['users', 'email', true], ['companies', 'slug', true], ['projects', 'company_id', false], ['ar_content', 'project_id', false], ['ar_content', 'unique_id', true], ['ar_content', 'status', false]] as const) {
    assert.ok(rows.some((row) => row.table === table && row.columns[0] === column && (!unique || (row.isUnique && row.columns.length === 1))), `${table}.${column}`)
  }
  const { rows: bare } = await sql<{ name: string }>`
    select conrelid::regclass || ' ' || conname as name from pg_constraint k where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
        and (select array_agg(a order by a) from unnest(k.conkey) a) = (select array_agg(a order by a) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) a))`.execute(database.db)
  assert.deepEqual(bare, [])
})

test('a plan without its index is found out', async () => {
  const { db } = database
  await sql`drop index idx_ar_content_customer_name`.execute(db)
  const unsorted = await findProblems(async () => await findPlace(db, { companyId: null, sort: 'customer_name' }, { limit: 20, offset: 0 }))
  assert.match(unsorted.join('\n'), /sequential scan of ar_content/)
  assert.match((await findProblems(async () => await sql`select v.*, n from visits v cross join generate_series(1, 10) n order by n, v.duration_ms, v.id`.execute(db))).join('\n'), /a sort that spills/)
})
