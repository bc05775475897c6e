import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createStudio, upload, waitFor, waitUntilProcessed } from '../../test/factories.ts'
import { startRedis } from '../../test/redis.ts'
import type { TestRedis } from '../../test/redis.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import type { ContentView } from '../content/schema.ts'
import type { CacheStats } from '../lib/cache/counters.ts'

let redis: TestRedis
let world: World
let content: ContentView
before(async () => {
  redis = await startRedis()
  world = await startWorld({ REDIS_URL: redis.url, CACHE_MEMORY_MB: '10', CACHE_TTL_SECONDS: 'lists=3600' })
  const studio = await createStudio(world)
  content = await waitUntilProcessed(world, (await upload(world, studio)).body.id)
})
after(async () => {
  await world.stop()
  await redis.stop()
})

const stats = async () => (await world.admin<CacheStats>('GET', '/api/ops/cache')).body
const check = async () => (await world.guest('GET', `/api/viewer/ar/${content.unique_id}/check`)).body

test('administrators see what the cache does; nobody else does', async () => {
  await check()
  const before = await stats()
  await waitFor('a guest’s question to be answered from memory', async () => {
    await check()
    return await stats()
  }, (now) => now.types.answers.memory > before.types.answers.memory)
  const { levels, top, types } = await stats()
  assert.ok(top.some((entry) => entry.id.startsWith('answers:check ') && entry.id.endsWith(` ${content.unique_id}`) && entry.hits > 0), JSON.stringify(top))
  assert.ok(levels.memory.bytes > 0 && levels.memory.bytes <= levels.memory.bytes_max && levels.memory.bytes_max === 10 * 1024 * 1024)
  assert.equal(types.media_info.computed, 1, 'the upload looked into the video')
  assert.ok(types.media_info.memory >= 1, 'its job found that known')
  assert.ok((levels.disk?.entries ?? 0) >= 1)
  assert.equal((await world.guest('GET', '/api/ops/cache')).status, 401)
  assert.equal((await world.guest('POST', '/api/ops/cache/flush', { tags: ['content'] })).status, 401)
})

test('a flush forgets what has the tag, at every level', async () => {
  const png = async () => await world.admin('GET', `/api/ar-content/${content.id}/qr.png?size=300`)
  assert.equal((await png()).text, (await png()).text)
  const before = await waitFor('both kinds to be on disk', stats, ({ levels }) => levels.disk!.entries >= 2)
  assert.equal((await world.admin('POST', '/api/ops/cache/flush', { tags: ['type:previews', 'type:media_info', 'type:metadata'] })).status, 204)
  const after = await stats()
  assert.equal(after.levels.disk?.entries, 0)
  assert.equal(after.top.some((entry) => entry.id.startsWith('metadata:')), false)
  await png()
  assert.equal((await stats()).types.previews.computed, before.types.previews.computed + 1)
  for (const tags of [[], [''], 'content', Array.from({ length: 101 }, () => 'x')]) {
    assert.equal((await world.admin('POST', '/api/ops/cache/flush', { tags })).status, 400)
  }
})

test('whoever wrote sees it in what they ask for next, each time', async () => {
  for (let round = 0; round < 10; round++) {
    const { body: company } = await world.admin<{ id: number }>('POST', '/api/companies', { name: `Round ${round}` })
    const { body: companies } = await world.admin<{ items: { id: number }[]; total: number }>('GET', '/api/companies?limit=100')
    assert.ok(companies.items.some((item) => item.id === company.id), `round ${round}`)
    assert.equal(companies.total, companies.items.length)
    const list = async () => (await world.admin<{ items: { id: number }[] }>('GET', `/api/companies/${company.id}/projects`)).body.items
    assert.deepEqual(await list(), [])
    const { body: project } = await world.admin<{ id: number }>('POST', `/api/companies/${company.id}/projects`, { name: 'P' })
    assert.deepEqual((await list()).map((item) => item.id), [project.id])
  }
})

test('what another process writes by whatever way is answered anew: rows that a guest’s link leads to', async () => {
  const { db, cache } = world.running.app
  const manifest = async () => await world.guest<{ order_number: string; video: { title: string } }>('GET', `/api/viewer/ar/${content.unique_id}/manifest`)
  assert.equal((await manifest()).body.video.title, 'video')
  // Past every verb of ours, as a hand at psql would.
  await db.updateTable('videos').set({ title: 'Renamed' }).where('arContentId', '=', content.id).execute()
  await db.updateTable('arContent').set({ orderNumber: 'X-1' }).where('id', '=', content.id).execute()
  await cache.settle()
  const { body } = await manifest()
  assert.deepEqual([body.video.title, body.order_number], ['Renamed', 'X-1'])
  for (const change of [{ status: 'archived' }, { status: 'ready' }] as const) {
    await db.updateTable('arContent').set(change).where('id', '=', content.id).execute()
    await cache.settle()
    assert.equal((await check()).content_available, change.status === 'ready')
  }
  await db.updateTable('photos').set({ targetKey: null }).where('sha256', '=', content.photo_url.split('/').at(-2)!).execute()
  await cache.settle()
  assert.equal((await check()).reason, 'marker_image_not_available')
})

test('a rolled back write changes nothing, and announces nothing', async () => {
  const { db, cache } = world.running.app
  await check()
  const before = (await stats()).types.metadata.computed
  await db.transaction().execute(async (trx) => {
    await trx.updateTable('arContent').set({ status: 'archived' }).where('id', '=', content.id).execute()
    throw new Error('undone')
  }).catch(() => {})
  await cache.settle()
  await check()
  assert.equal((await stats()).types.metadata.computed, before)
})

test('an order expires at its time, though its row is cached', async () => {
  const { db, cache } = world.running.app
  const fresh = await waitUntilProcessed(world, (await upload(world, { companyId: content.company_id, projectId: content.project_id, fields: { order_number: 'E-1' } })).body.id)
  const ask = async () => (await world.guest('GET', `/api/viewer/ar/${fresh.unique_id}/check`)).body
  await db.updateTable('arContent').set({ expiresAt: new Date(Date.now() + 1500) }).where('id', '=', fresh.id).execute()
  await cache.settle()
  await ask()
  const { computed } = (await stats()).types.metadata
  await waitFor('the order to expire', ask, (answer) => answer.reason === 'subscription_expired')
  assert.ok((await stats()).types.metadata.computed >= computed)
})

test('guests are answered while jobs run, and at once when the last one ends: preparing, then ready', async () => {
  const { body } = await upload(world, { companyId: content.company_id, projectId: content.project_id, fields: { order_number: 'J-1' } })
  const seen = new Set<string>()
  await waitFor('the order to be ready for guests', async () => {
    const { body: answer } = await world.guest('GET', `/api/viewer/ar/${body.unique_id}/check`)
    seen.add(answer.content_available === true ? 'ready' : String(answer.reason))
    return answer
  }, (answer) => answer.content_available === true)
  assert.equal((await world.guest('GET', `/api/viewer/ar/${body.unique_id}/manifest`)).status, 200)
  assert.ok(seen.has('ready'))
})

test('two servers on one database: what one is told, the other shows', async () => {
  const second = await startWorld({ REDIS_URL: redis.url }, { beside: world })
  try {
    const list = async () => (await second.admin<{ items: { name: string }[] }>('GET', '/api/companies?limit=100')).body.items.map((item) => item.name)
    await list()
    await world.admin('POST', '/api/companies', { name: 'Told to the first' })
    await second.running.app.cache.settle()
    assert.ok((await list()).includes('Told to the first'))
  } finally {
    await second.stop()
  }
})
