import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createStudio, upload, waitFor, waitUntilProcessed } from '../../test/factories.ts'
import { startRedis } from '../../test/redis.ts'
import type { TestRedis } from '../../test/redis.ts'
import { root } from '../../test/server.ts'
import { createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'

const token = 'a-token-for-tests-only'
let redis: TestRedis
let world: World
before(async () => {
  redis = await startRedis()
  world = await startWorld({ REDIS_URL: redis.url, METRICS_TOKEN: token })
})
after(async () => {
  await world.stop()
  await redis.stop()
})

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

/** What Prometheus would read. */
async function scrape(): Promise<Sample[]> {
  const { status, text, headers } = await world.guest('GET', '/metrics')
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const [, name, , labels = '', value] = /^([a-z0-9_]+)(\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(line)
    return { name, value: Number(value), labels: Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text])) }
  })
}

const sum = (samples: Sample[], name: string, labels: Record<string, string> = {}) =>
  samples.filter((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value)).reduce((total, sample) => total + sample.value, 0)

test('every metric is exported and moved by real use', async () => {
  const before = await scrape()
  const studio = await createStudio(world)
  const content = await waitUntilProcessed(world, (await upload(world, studio)).body.id)
  await world.guest('GET', `/api/viewer/ar/${content.unique_id}/manifest`)
  await world.guest('GET', `/v/${content.code}`)
  await world.guest('GET', '/api/viewer/ar/not-an-id/manifest')
  await world.guest('GET', '/nowhere/at/all')
  // Requests to the system are told by type; at this moment there may be none.
  const names = (await world.running.app.ops.metrics.registry.getMetricsAsJSON()).map((metric) => metric.name).filter((name) => name !== 'nodejs_active_requests')
  const now = await waitFor('the metrics', scrape, (samples) => sum(samples, 'visits_total') > sum(before, 'visits_total') && sum(samples, 'nodejs_gc_duration_seconds_count') > 0)
  const exported = new Set(now.map((sample) => sample.name.replace(/_(bucket|sum|count)$/, '')))
  assert.deepEqual(names.filter((name) => !exported.has(name) && !exported.has(name.replace(/_(sum|count)$/, ''))), [], 'these have no producer')
  const moved: [name: string, labels?: Record<string, string>][] = [
    ['http_requests_total', { method: 'GET', endpoint: '/api/viewer/ar/:id/manifest', status: '200' }],
    ['http_requests_total', { endpoint: '(none)', status: '404' }],
    ['http_request_duration_seconds_count', { method: 'POST', endpoint: '/api/ar-content' }],
    ['http_request_duration_seconds_sum', { method: 'POST', endpoint: '/api/ar-content' }],
    ['errors_total', { code: 'not_found' }], ['errors_total', { code: 'invalid_id' }],
    ['http_received_bytes_total'], ['http_sent_bytes_total'],
    ['jobs_total', { kind: 'encode-video', outcome: 'ok' }], ['job_duration_seconds_sum', { kind: 'compile-target' }],
    ...['compile', 'previews', 'encode', 'score', 'look_alikes'].map((operation): [string, Record<string, string>] => ['operation_duration_seconds_count', { operation, outcome: 'ok' }]),
    ['outside_calls_total', { name: 'redis', outcome: 'succeeded' }], ['outside_call_duration_seconds_count', { name: 'redis' }],
    ['cache_operations_total', { level: 'origin', type: 'metadata', result: 'computed' }], ['cache_operations_total', { level: 'memory', result: 'miss' }],
    ['cache_entries', { level: 'memory' }], ['cache_bytes', { level: 'memory' }],
    ['db_query_duration_seconds_count', { operation: 'insert', table: 'ar_content' }], ['visits_total'],
    ['nodejs_eventloop_active_seconds_total'], ['nodejs_eventloop_idle_seconds_total'], ['process_disk_written_bytes_total'], ['process_cpu_seconds_total'],
  ]
  for (const [name, labels] of moved) assert.ok(sum(now, name, labels) > sum(before, name, labels), `${name} ${JSON.stringify(labels ?? {})}: ${sum(before, name, labels)}, then ${sum(now, name, labels)}`)
  const set: [name: string, labels?: Record<string, string>][] = [
    ['db_pool_max'], ['db_connections'], ['db_connections_max'], ['db_size_bytes'], ['disk_free_bytes'], ['disk_size_bytes'], ['cache_bytes_max', { level: 'memory' }],
    ['circuit_breaker_state', { name: 'redis', state: 'closed' }], ['health_status', { check: 'database' }], ['http_requests_in_flight'], ['process_resident_memory_bytes'],
  ]
  for (const [name, labels] of set) assert.ok(sum(now, name, labels) > 0, `${name} is set`)
  for (const kind of ['encode-video', 'compile-target']) assert.ok(now.some((sample) => sample.name === 'jobs_waiting' && sample.labels.kind === kind), 'a kind without jobs is a zero, not missing')
})

test('addresses do not become labels: there are as many endpoints as routes', async () => {
  const count = async () => new Set((await scrape()).filter(({ name }) => name === 'http_requests_total').map(({ labels }) => `${labels.method} ${labels.endpoint}`)).size
  for (const path of ['/v/1111111111', '/first', '/api/ar-content/0']) await world.guest('GET', path)
  await scrape()
  const before = await count()
  for (let number = 0; number < 100; number++) await world.guest('GET', [`/v/${1111111112 + number}`, `/nowhere/${number}`, `/api/ar-content/${number}`][number % 3])
  assert.equal(await count(), before)
})

test('durations fall into the right buckets, and the buckets add up', async () => {
  const all = await scrape()
  const endpoints = all.filter(({ name }) => name === 'http_request_duration_seconds_count')
  assert.ok(endpoints.length > 5)
  for (const { labels, value } of endpoints) {
    const buckets = all.filter((sample) => sample.name === 'http_request_duration_seconds_bucket' && sample.labels.endpoint === labels.endpoint && sample.labels.method === labels.method)
    assert.ok(buckets.every((sample, index) => index === 0 || sample.value >= buckets[index - 1].value), 'they are cumulative')
    assert.deepEqual([buckets.at(-1)?.labels.le, buckets.at(-1)?.value], ['+Inf', value])
  }
})

test('Redis’s circuit opens when it is gone, and closes when it is back, for all to see', async () => {
  const isOpen = async () => {
    await world.guest('GET', `/v/${Math.random().toString().slice(2, 12).replaceAll('0', '1')}`)
    return sum(await scrape(), 'circuit_breaker_state', { name: 'redis', state: 'open' }) === 1
  }
  await redis.kill()
  await waitFor('the circuit to open', isOpen, (open) => open)
  assert.equal((await world.guest('GET', '/health/ready')).status, 200, 'Redis is not needed')
  await redis.start()
  await waitFor('the circuit to close', async () => {
    await isOpen()
    return sum(await scrape(), 'circuit_breaker_state', { name: 'redis', state: 'closed' })
  }, (closed) => closed === 1)
})

test('the metrics are not for everybody: a token, an administrator, this computer, and nobody through an unknown proxy', async () => {
  const read = async (headers: Record<string, string> = {}) => (await world.guest('GET', '/metrics', undefined, headers)).status
  const proxied = { 'x-forwarded-for': '203.0.113.7' }
  assert.equal(await read(), 200, 'this computer, as this is no production')
  assert.equal(await read(proxied), 401)
  assert.equal(await read({ ...proxied, authorization: `Bearer ${token}` }), 200)
  assert.equal(await read({ ...proxied, authorization: 'Bearer wrong-token-of-length' }), 401)
  assert.equal((await world.admin('GET', '/metrics', undefined, proxied)).status, 200)
  for (const header of ['forwarded', 'x-real-ip', 'via']) assert.equal(await read({ [header]: '203.0.113.7' }), 401)
})

test('in production this computer has no privilege; configured networks have, as a trusted proxy tells', async () => {
  // The account is there already; production wants a longer password for a new one.
  const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://photos.example.com', ARV_ADMIN_PASSWORD: 'engine-no-1-of-two' }
  const shut = await startWorld(production, { beside: world })
  const open = await startWorld({ ...production, METRICS_ALLOW: '203.0.113.0/24,::1', TRUST_PROXY: '127.0.0.1' }, { beside: world })
  try {
    const read = async (from: World, headers: Record<string, string> = {}) => (await createCall(from.url)('GET', '/metrics', undefined, headers)).status
    assert.equal(await read(shut), 401)
    assert.equal(await read(open), 401)
    assert.equal(await read(open, { 'x-forwarded-for': '203.0.113.9' }), 200)
    assert.equal(await read(open, { 'x-forwarded-for': '198.51.100.9' }), 401)
  } finally {
    await shut.stop()
    await open.stop()
  }
})

test('docs/self-hosting.md names every metric of ours', async () => {
  const text = readFileSync(path.join(root, 'docs/self-hosting.md'), 'utf8')
  const names = (await world.running.app.ops.metrics.registry.getMetricsAsJSON()).map((metric) => metric.name).filter((name) => !/^(process_(cpu|start|resident|virtual|heap|open|max)|nodejs_(?!eventloop_(active|idle)))/.test(name))
  assert.ok(names.length > 25)
  assert.deepEqual(names.filter((name) => !text.includes(`\`${name}`)), [])
})
