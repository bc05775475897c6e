import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createOrders } from '../../test/orders.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { sql } from '../lib/db/db.ts'
import { findPlace } from './list.ts'
import type { ContentFilter } from './list.ts'
import { contentSorts } from './schema.ts'

let world: World
let companies: { companyId: number; projectId: number }[]

before(async () => {
  world = await startWorld()
  companies = []
  for (const count of [700, 900, 3]) {
    const [first] = await createOrders(world, { count })
    companies.push({ companyId: first.companyId, projectId: first.projectId })
  }
  const { db } = world.running.app
  await sql`update ar_content set status = case id % 7 when 0 then 'failed' when 1 then 'archived' else 'ready' end, customer_name = 'Name ' || (id * 37 % 101),
    created_at = now() - id % 50 * interval '1 day', customer_phone = '+7 (916) ' || id || '-00' where id % 3 > 0`.execute(db)
  await sql`delete from ar_content where id % 11 = 0`.execute(db)
  await sql`select fold_content_blocks()`.execute(db)
  await sql`update ar_content set status = 'failed' where id % 13 = 0`.execute(db)
})
after(async () => await world.stop())

/** The same by the slow, obvious way. */
async function findSlowly(filter: ContentFilter): Promise<number[]> {
  const { rows } = await sql<{ id: number; companyId: number; projectId: number; status: string; text: string; createdAt: Date; orderNumber: string; customerName: string | null }>`
    select id, company_id, project_id, status, search_text as text, created_at, order_number, customer_name from ar_content order by id desc`.execute(world.running.app.db)
  const order = (a: string | null, b: string | null) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1)
  const inPeriod = filter.since !== undefined || filter.before !== undefined
  return rows
    .filter((row) => (filter.companyId === null || row.companyId === filter.companyId) && (filter.projectId === undefined || row.projectId === filter.projectId) && (filter.status === undefined || row.status === filter.status))
    .filter((row) => filter.search === undefined || row.text.includes(filter.search.toLowerCase()))
    .filter((row) => (filter.since === undefined || row.createdAt >= filter.since) && (filter.before === undefined || row.createdAt < filter.before))
    .sort((a, b) => {
      if (filter.sort === 'order_number') return order(a.orderNumber, b.orderNumber) || a.id - b.id
      if (filter.sort === 'customer_name') return order(a.customerName, b.customerName) || a.id - b.id
      const byTime = (inPeriod ? a.createdAt.getTime() - b.createdAt.getTime() : 0) || a.id - b.id
      return filter.sort === 'oldest' ? byTime : -byTime
    })
    .map(({ id }) => id)
}

test('every page of every filter and order is what the slow way gives, with counts folded and waiting', async () => {
  const { db } = world.running.app
  const filters: ContentFilter[] = []
  for (const companyId of [null, ...companies.map((company) => company.companyId)]) {
    for (const projectId of [undefined, companies[0].projectId]) {
      for (const status of [undefined, 'failed', 'pending'] as const) filters.push({ companyId, projectId, status })
    }
  }
  filters.push({ companyId: null, search: 'name 9' }, { companyId: companies[1].companyId, search: 'customer', status: 'ready' }, { companyId: null, search: '9160' }, { companyId: null, search: 'x' }, { companyId: null, search: '%' }, { companyId: null, search: '7 (9' })
  filters.push({ companyId: null, since: new Date(Date.now() - 20 * 86_400_000), before: new Date(Date.now() - 5 * 86_400_000) }, { companyId: companies[0].companyId, since: new Date(Date.now() - 3 * 86_400_000), search: 'r1' })
  let pages = 0
  for (const filter of filters) {
    for (const sort of contentSorts) {
      const truth = await findSlowly({ ...filter, sort })
      for (const offset of [0, 20, 500, 520, 1000, Math.max(0, truth.length - 3), truth.length, 100_000]) {
        const place = await findPlace(db, { ...filter, sort }, { limit: 20, offset })
        assert.deepEqual(place, { ids: truth.slice(offset, offset + 20), total: truth.length, isExact: true }, JSON.stringify({ ...filter, sort, offset }))
        pages++
      }
    }
  }
  assert.ok(pages > 500)
})

test('the list tells its page, its total and whether that is all, by search, period and order', async () => {
  const ask = async (query: string) => (await world.admin<{ items: { id: number; customer_name: string }[]; total: number; total_is_exact: boolean; has_more: boolean }>('GET', `/api/ar-content?${query}`)).body
  const all = await ask('limit=5')
  assert.deepEqual([all.items.length, all.total_is_exact, all.has_more], [5, true, true])
  const last = await ask(`limit=5&page=${Math.ceil(all.total / 5)}`)
  assert.equal(last.has_more, false)
  assert.equal((await ask('limit=5&page=900000')).items.length, 0)
  assert.ok((await ask('sort=customer_name&limit=3')).items.every((item) => item.customer_name.startsWith('Customer')))
  assert.equal((await world.admin('GET', '/api/ar-content?from=yesterday')).status, 400)
  assert.equal((await world.admin('GET', '/admin/content?from=yesterday&sort=nonsense&page=1')).status, 200)
})
