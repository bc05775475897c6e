import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createOrders } from '../../test/orders.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { sql } from '../lib/db/db.ts'
import { countDifferences, rebuildRollups } from './rollups.ts'

let world: World
let orders: Awaited<ReturnType<typeof createOrders>>

before(async () => {
  world = await startWorld()
  orders = await createOrders(world, { count: 8 })
})
after(async () => await world.stop())

const phone = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1' }
const makeVisit = (order = 0, more: Record<string, unknown> = {}) => ({
  visit_id: randomUUID(), unique_id: orders[order].uniqueId, video_id: null, started_at: new Date().toISOString(), camera: 'granted',
  time_to_lock_ms: 800, lock_count: 1, duration_ms: 5000, watched_ms: 2000, video_played: true, watched_without_camera: false, ...more,
})
const post = async (visit: object, headers: Record<string, string> = phone) => (await world.guest('POST', '/api/viewer/visits', visit, headers)).status
const countRows = async () => Number((await sql<{ n: number }>`select count(*) as n from visits`.execute(world.running.app.db)).rows[0].n)

test('visits that come together are one transaction, and each is there when it is acknowledged', async () => {
  const before = await countRows()
  let transactions = 0
  const stop = world.running.app.database.watchQueries(({ sql: text }) => {
    if (text.includes('insert into visits')) transactions++
  })
  const sent = await Promise.all(Array.from({ length: 200 }, async (_, index) => await post(makeVisit(index % 8))))
  stop()
  assert.deepEqual([...new Set(sent)], [204])
  assert.equal(await countRows(), before + 200)
  assert.ok(transactions <= 60, `${transactions} transactions`)
})

test('a report that no order stands behind is told so, and the others of its group are kept', async () => {
  const before = await countRows()
  const sent = await Promise.all([post(makeVisit()), post(makeVisit(0, { unique_id: randomUUID() })), post(makeVisit(1)), post({ ...makeVisit(), visit_id: 'x' })])
  assert.deepEqual(sent, [204, 404, 204, 400])
  assert.equal(await countRows(), before + 2)
})

test('the same visit counts once, also when its reports come together, or by a clock that is wrong', async () => {
  const before = await countRows()
  for (const clock of [new Date().toISOString(), '2001-01-01T00:00:00Z', '2099-01-01T00:00:00Z']) {
    const visit = makeVisit(2, { started_at: clock })
    await Promise.all([1, 2, 3].map(async (step) => await post({ ...visit, watched_ms: step * 1000 })))
    await post(visit)
    const { rows } = await sql<{ startedAt: Date; watchedMs: number }>`select started_at, watched_ms from visits where id = ${visit.visit_id}`.execute(world.running.app.db)
    assert.deepEqual(rows.map((row) => row.watchedMs), [3000], clock)
    const ageMs = Date.now() - rows[0].startedAt.getTime()
    assert.ok(ageMs > -5000 && ageMs < 25 * 60 * 60 * 1000, clock)
  }
  assert.equal(await countRows(), before + 3)
})

test('a page that slept for weeks still belongs to the visit it began', async () => {
  const { db } = world.running.app
  const visit = makeVisit(3)
  await post(visit)
  const longAgo = new Date(Date.now() - 70 * 24 * 60 * 60 * 1000)
  await sql`update visits set started_at = ${longAgo} where id = ${visit.visit_id}`.execute(db)
  const before = await countRows()
  assert.equal(await post({ ...visit, started_at: longAgo.toISOString(), watched_ms: 60_000 }), 204)
  assert.equal(await countRows(), before)
  const other = await world.guest('POST', '/api/mobile/analytics', { session_id: visit.visit_id, duration_seconds: 90 })
  assert.equal(other.status, 200)
})

test('bots leave nothing behind, and neither do guests’ addresses', async () => {
  const before = await countRows()
  assert.equal(await post(makeVisit(), { 'user-agent': 'Googlebot/2.1', 'x-forwarded-for': '203.0.113.7' }), 204)
  assert.equal(await countRows(), before)
  const answer = await world.guest('POST', '/api/viewer/visits', makeVisit(), { ...phone, 'x-forwarded-for': '203.0.113.7' })
  assert.equal(answer.headers.get('set-cookie'), null)
  const { rows } = await sql`select to_jsonb(v)::text as text from visits v where to_jsonb(v)::text like '%203.0.113.7%'`.execute(world.running.app.db)
  assert.deepEqual(rows, [])
})

test('rollups equal a recount, after reports that grow, orders that are deleted, and folds at two instances', async () => {
  const { db, visits } = world.running.app
  const beside = await startWorld({}, { beside: world })
  try {
    const seen = Array.from({ length: 60 }, (_, index) => makeVisit(index % 8, { started_at: new Date(Date.now() - index * 20 * 60_000).toISOString(), camera: index % 3 === 0 ? 'refused' : null, lock_count: 0, time_to_lock_ms: null, video_played: false, watched_ms: 0 }))
    await Promise.all(seen.map(async (visit, index) => (index % 2 === 0 ? world : beside).guest('POST', '/api/viewer/visits', visit, phone)))
    await Promise.all(seen.map(async (visit, index) => (index % 3 === 0 ? world : beside).guest('POST', '/api/viewer/visits', { ...visit, camera: 'granted', lock_count: 3, time_to_lock_ms: index * 300, watched_ms: 9000, video_played: true, button_clicks: index % 5 }, phone)))
    await Promise.all([visits.settle(), beside.running.app.visits.settle()])
    assert.equal(await countDifferences(db), 0)
    const { rows: [sums] } = await sql<{ opened: number; clicks: number; locked: number }>`select sum(opened) as opened, sum(clicks) as clicks, sum(locked) as locked from visit_days where scope = 0`.execute(db)
    assert.equal(Number(sums.opened), await countRows())
    assert.equal(Number(sums.clicks), 120)
    await sql`delete from ar_content where id = ${orders[7].id}`.execute(db)
    await visits.settle()
    assert.equal(await countDifferences(db), 0, 'a deleted order takes its visits back')
    const left = await sql`select 1 from visit_slots where scope = 3 and scope_id = ${orders[7].id}`.execute(db)
    assert.equal(left.rows.length, 0)
    await db.transaction().execute(async (trx) => await rebuildRollups(trx))
    assert.equal(await countDifferences(db), 0)
  } finally {
    await beside.stop()
  }
})

test('no visit is refused for want of its month’s table, and a table that comes later takes what is its own', async () => {
  const { db } = world.running.app
  const moment = '2031-05-17T12:00:00Z'
  const id = randomUUID()
  await sql`insert into visits (id, ar_content_id, company_id, project_id, source, started_at) select ${id}, id, company_id, project_id, 'web', ${moment} from ar_content limit 1`.execute(db)
  const where = async () => (await sql<{ place: string }>`select tableoid::regclass::text as place from visits where id = ${id}`.execute(db)).rows[0].place
  assert.equal(await where(), 'visits_default')
  assert.deepEqual((await sql`select ensure_visit_month(${moment}) as made`.execute(db)).rows, [{ made: true }])
  assert.equal(await where(), 'visits_2031_05')
  assert.deepEqual((await sql`select ensure_visit_month(${moment}) as made`.execute(db)).rows, [{ made: false }])
  await world.running.app.visits.settle()
  assert.equal(await countDifferences(db), 0)
})
