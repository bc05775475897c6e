import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../test/factories.ts'
import { createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { sql } from '../lib/db/db.ts'
import type { HealthDetails } from './performance/details.ts'
import type { PerformanceReport } from './performance/report.ts'

let world: World
before(async () => {
  world = await startWorld()
})
after(async () => {
  await world.stop()
})

const report = async (query = '', from = world) => (await from.admin<PerformanceReport>('GET', `/api/ops/performance${query}`)).body
const lastOf = (points: PerformanceReport['points']) => points.findLast((point) => point.requests_per_second !== null)

test('what was asked appears in the next sample: how often, how long, how wrong, and where the time went', async () => {
  const { sampler } = world.running.app.ops
  await sampler.sample()
  await sampler.write()
  // The start's own queries would stand before all others.
  await sql`delete from performance_minutes`.execute(world.running.app.db)
  for (let count = 0; count < 40; count++) await world.guest('GET', '/api/viewer/ar/nothing/check')
  for (let count = 0; count < 10; count++) await world.guest('GET', '/nowhere')
  await world.admin('GET', '/api/ar-content')
  await sampler.sample()
  const checks = (answer: PerformanceReport) => answer.routes.find((route) => route.endpoint === '/api/viewer/ar/:id/check')?.requests ?? 0
  await waitFor('the sample', async () => checks(await report()), (count) => count === 40)
  const { points, routes, queries, step_seconds, instances } = await waitFor('the end of its ten seconds', report, (answer) => lastOf(answer.points) !== undefined)
  assert.equal(step_seconds, 10)
  assert.ok(points.length >= 359 && points.length <= 361, `${points.length} points`)
  const all = points.filter((point) => point.requests_per_second !== null)
  assert.ok(all.some((point) => point.requests_per_second! > 0 && point.client_errors_per_second! > 0))
  for (const point of all) {
    assert.ok(point.memory_bytes! > 10_000_000 && point.event_loop_percent! >= 0 && point.event_loop_percent! <= 100, JSON.stringify(point))
    if (point.p95_ms !== null) assert.ok(point.median_ms! <= point.p95_ms && point.p95_ms <= point.p99_ms!)
    assert.equal(point.jobs_waiting, 0)
  }
  assert.ok(routes.some((route) => route.method === 'GET' && route.endpoint === '/api/ar-content' && route.mean_ms > 0 && route.p95_ms! > 0))
  assert.ok(queries.some((query) => query.sql.includes('ar_content') && query.times >= 1 && query.max_ms > 0))
  assert.deepEqual(instances.map((instance) => instance.name), [sampler.instance()])
})

test('a restart keeps the day, and other instances are shown, together and each by itself', async () => {
  const second = await startWorld({}, { beside: world })
  const name = second.running.app.ops.sampler.instance()
  try {
    for (let count = 0; count < 30; count++) await second.guest('GET', '/health/live')
    await second.running.app.ops.sampler.sample()
    await second.running.app.ops.sampler.write()
    await world.running.app.ops.sampler.write()
  } finally {
    await second.stop()
  }
  const sum = (answer: PerformanceReport) => answer.points.reduce((total, point) => total + (point.requests_per_second ?? 0), 0)
  const [both, other, here] = [await report(), await report(`?instance=${encodeURIComponent(name)}`), await report(`?instance=${encodeURIComponent(world.running.app.ops.sampler.instance())}`)]
  assert.equal(both.instances.length, 2)
  assert.ok(sum(other) > 0 && sum(here) > 0)
  assert.ok(other.routes.find((route) => route.endpoint === '/health/live')!.requests >= 30)
  assert.ok(both.routes.find((route) => route.endpoint === '/health/live')!.requests >= other.routes.find((route) => route.endpoint === '/health/live')!.requests)
  const day = await report('?range=day')
  assert.equal(day.step_seconds, 300)
  assert.ok(day.points.length >= 287 && day.points.length <= 289 && lastOf(day.points)!.requests_per_second! > 0)
})

test('what is older than a day goes', async () => {
  const { db } = world.running.app
  await sql`update performance_minutes set taken_at = taken_at - interval '26 hours'`.execute(db)
  await world.running.app.ops.sampler.sample()
  await world.running.app.ops.sampler.write()
  const { rows } = await sql<{ count: number }>`select count(*) from performance_minutes where taken_at < now() - interval '25 hours'`.execute(db)
  assert.equal(Number(rows[0].count), 0)
})

test('a CPU profile shows what was at work; one at a time, within limits, for administrators', async () => {
  const recording = world.admin<{ nodes: { callFrame: { url: string } }[]; samples: number[]; startTime: number; endTime: number }>('POST', '/api/ops/profile/cpu', { seconds: 1 })
  await sleep(200)
  const busy = await world.admin<{ error: { code: string; message: string } }>('POST', '/api/ops/profile/cpu', { seconds: 1 })
  assert.deepEqual([busy.status, busy.body.error.code], [409, 'profiling_busy'])
  let isOver = false
  void recording.finally(() => (isOver = true))
  while (!isOver) await world.admin('GET', '/api/ar-content')
  const { status, body, headers } = await recording
  assert.equal(status, 200)
  assert.ok(body.endTime - body.startTime > 900_000 && body.samples.length > 10)
  assert.ok(body.nodes.some((node) => node.callFrame.url.includes('/src/content/')), 'our own code is in it')
  assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="arv-.+\.cpuprofile"$/)
  for (const seconds of [0, 61, 'long', 1.5]) assert.equal((await world.admin('POST', '/api/ops/profile/cpu', { seconds })).status, 400)
  for (const path of ['profile/cpu', 'profile/heap']) assert.equal((await world.guest('POST', `/api/ops/${path}`, { seconds: 1 })).status, 401)
})

test('whoever leaves a recording ends it, and the next may begin', async () => {
  const leaving = new AbortController()
  const left = fetch(`${world.url}/api/ops/profile/cpu`, { method: 'POST', signal: leaving.signal, headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' }, body: '{"seconds":60}' })
  await sleep(300)
  leaving.abort()
  await assert.rejects(left)
  await waitFor('the end of the recording', async () => (await world.admin('POST', '/api/ops/profile/cpu', { seconds: 1 })).status, (status) => status === 200)
})

test('a heap snapshot is streamed as a file that developer tools read', async () => {
  const { status, text, headers } = await createCall(world.url, world.token)('POST', '/api/ops/profile/heap')
  assert.equal(status, 200)
  assert.match(headers.get('content-disposition') ?? '', /\.heapsnapshot"$/)
  const snapshot = JSON.parse(text) as { snapshot: { node_count: number }; nodes: number[] }
  assert.ok(snapshot.snapshot.node_count > 1000 && snapshot.nodes.length > 1000)
  assert.equal((await world.admin('POST', '/api/ops/profile/cpu', { seconds: 1 })).status, 200, 'it is over')
})

test('health in detail is for administrators, and says what stands in the way when something does', async () => {
  const { body } = await world.admin<HealthDetails>('GET', '/api/ops/health')
  assert.deepEqual(body.checks.filter((check) => check.status !== 'ok'), [])
  assert.equal(body.status, 'ok')
  assert.ok(body.pool.max > 0 && body.database!.size_bytes > 0 && body.disks[0].free_bytes > 0 && body.versions.node === process.versions.node)
  assert.equal((await world.guest('GET', '/api/ops/health')).status, 401)
  const { db, storage } = world.running.app
  const find = storage.find.bind(storage)
  const failing = async (expected: string) => {
    const answer = await waitFor(`${expected} to fail`, async () => (await world.admin<HealthDetails>('GET', '/api/ops/health')).body, (now) => now.checks.find((check) => check.name === expected)?.status === 'failed')
    assert.equal(answer.ready, false)
    assert.equal((await world.guest('GET', '/health/ready')).status, 503)
    assert.equal((await world.guest('GET', '/health/live')).status, 200)
  }
  const { rows } = await sql<{ name: string; timestamp: string }>`delete from kysely_migration where name = '0003-cache' returning name, timestamp`.execute(db)
  await failing('migrations')
  await sql`insert into kysely_migration (name, timestamp) values (${rows[0].name}, ${rows[0].timestamp})`.execute(db)
  storage.find = async () => await new Promise(() => {})
  await failing('storage')
  storage.find = find
  await waitFor('everything to be well again', async () => (await world.guest('GET', '/health/ready')).status, (status) => status === 200)
})

test('while it stops, an instance is not ready, and alive', async () => {
  const stopping = await startWorld({}, { beside: world })
  try {
    assert.equal((await stopping.guest('GET', '/health/ready')).status, 200)
    stopping.running.app.ops.health.drain()
    const { status, headers } = await stopping.guest('GET', '/health/ready')
    assert.equal(status, 503)
    assert.ok(Number(headers.get('retry-after')) > 0)
    assert.equal((await stopping.guest('GET', '/health/live')).status, 200)
  } finally {
    await stopping.stop()
  }
})

test('the pages are for administrators; the cache is flushed from its page after a question', async () => {
  for (const tab of ['', '/cache', '/profile', '/health']) {
    for (const lang of ['en', 'ru']) {
      const { status, text } = await world.admin('GET', `/admin/performance${tab}?lang=${lang}`)
      assert.equal(status, 200)
      assert.match(text, lang === 'en' ? /Performance/ : /Производительность/)
      assert.doesNotMatch(text, /undefined|NaN|\{\w+\}(?![^<]*<\/script>)/)
    }
    assert.equal((await world.guest('GET', `/admin/performance${tab}`)).status, 303, 'strangers are sent to sign in')
  }
  const flush = async (tags: string) => (await world.admin('POST', '/admin/performance/cache/flush', `tags=${encodeURIComponent(tags)}`, { 'content-type': 'application/x-www-form-urlencoded' })).headers.get('location')
  assert.equal(await flush('type:metadata, companies'), '/admin/performance/cache?flushed=type%3Ametadata%20companies')
  assert.equal(await flush('  '), '/admin/performance/cache?wrong=1')
  assert.equal(await flush('x'.repeat(201)), '/admin/performance/cache?wrong=1')
  assert.match((await world.admin('GET', '/admin/performance/cache?flushed=%3Cb%3E')).text, /&lt;b&gt;/)
})
