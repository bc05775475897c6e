import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createOrders } from '../../test/orders.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'

let world: World

before(async () => {
  world = await startWorld({ DATABASE_POOL_SIZE: '2', DATABASE_POOL_OVERFLOW: '0' })
  await createOrders(world, { count: 100 })
})
after(async () => await world.stop())

test('128 pages at once on two connections are all answered: no request waits for a second one while it has one', async () => {
  const answers = await Promise.all(Array.from({ length: 128 }, async (_, index) => (await world.admin('GET', ['/admin/content', '/api/ar-content?limit=5', '/admin/statistics', '/api/companies'][index % 4])).status))
  assert.deepEqual([...new Set(answers)], [200])
  const { max, waiting, refused, open, idle } = world.running.app.database.pool()
  assert.deepEqual({ max, waiting, refused, inUse: open - idle }, { max: 2, waiting: 0, refused: 0, inUse: 0 })
})

test('a list sends as many queries for a hundred rows as for five', async () => {
  const count = async (path: string) => {
    let queries = 0
    await world.admin('GET', path)
    const stop = world.running.app.database.watchQueries(() => queries++)
    await world.admin('GET', path)
    stop()
    return queries
  }
  for (const path of ['/api/ar-content', '/api/companies', '/api/ar-content?search=customer']) {
    const join = path.includes('?') ? '&' : '?'
    const [few, many] = [await count(`${path}${join}limit=5`), await count(`${path}${join}limit=100`)]
    assert.ok(few > 0 && few <= 4, `${path}: ${few} queries`)
    assert.equal(many, few, path)
  }
})
