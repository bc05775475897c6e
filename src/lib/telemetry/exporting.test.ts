import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createStudio, upload, waitFor, waitUntilProcessed } from '../../../test/factories.ts'
import { startRedis } from '../../../test/redis.ts'
import { startWorld } from '../../../test/world.ts'
import { sql } from '../db/db.ts'

interface Posted {
  path: string
  headers: http.IncomingHttpHeaders
  body: string
}

/** Something that takes what is posted, or only listens and never answers. */
async function startCollector(options: { hangs?: boolean; status?: number } = {}) {
  const posted: Posted[] = []
  const server = http.createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
      posted.push({ path: request.url ?? '', headers: request.headers, body })
      if (options.hangs !== true) response.writeHead(options.status ?? 200).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    posted,
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: Record<string, string> }[]
  status: { code?: number }
}

test('requests, queries, jobs and outside calls arrive at the collector as traces', async () => {
  const [collector, redis] = [await startCollector(), await startRedis()]
  const world = await startWorld({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.host}/`, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc=', OTEL_SERVICE_NAME: 'photos', REDIS_URL: redis.url })
  try {
    const content = await waitUntilProcessed(world, (await upload(world, await createStudio(world))).body.id)
    const trace = { id: randomUUID().replaceAll('-', ''), parent: '00f067aa0ba902b7' }
    await world.guest('GET', `/api/viewer/ar/${content.unique_id}/manifest`, undefined, { traceparent: `00-${trace.id}-${trace.parent}-01` })
    await world.guest('GET', `/v/${content.code}`, undefined, { traceparent: `00-${'f'.repeat(32)}-${trace.parent}-00` })
    type Batch = { resourceSpans: { resource: { attributes: SentSpan['attributes'] }; scopeSpans: { spans: SentSpan[] }[] }[] }
    const read = async () => collector.posted.flatMap((post) => (JSON.parse(post.body) as Batch).resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans)))
    const spans = await waitFor('the spans', read, (all) => all.some((span) => span.traceId === trace.id && span.kind === 2) && all.some((span) => span.name === 'job encode-video'))
    const request = spans.find((span) => span.traceId === trace.id && span.kind === 2)!
    assert.equal(request.parentSpanId, trace.parent, 'it belongs to the caller’s')
    assert.equal(request.name, 'GET /api/viewer/ar/:id/manifest')
    assert.deepEqual(request.attributes.find(({ key }) => key === 'http.response.status_code')?.value, { intValue: '200' })
    assert.ok(BigInt(request.endTimeUnixNano) > BigInt(request.startTimeUnixNano))
    assert.ok(Math.abs(Number(BigInt(request.startTimeUnixNano) / 1_000_000n) - Date.now()) < 120_000)
    assert.equal(spans.some((span) => span.traceId === 'f'.repeat(32)), false, 'the caller said not to')
    const query = spans.find((span) => span.traceId === trace.id && span.parentSpanId === request.spanId && span.attributes.some(({ key }) => key === 'db.statement'))
    assert.ok(query?.attributes.some(({ key, value }) => key === 'db.statement' && /^(insert|select)/.test(value.stringValue)), JSON.stringify(query))
    const job = spans.find((span) => span.name === 'job encode-video')!
    assert.ok(spans.some((span) => span.parentSpanId === job.spanId && span.name === 'update videos'), 'queries stand under their job')
    assert.ok(spans.some((span) => span.name === 'redis' && span.kind === 3), 'calls to Redis')
    const { path, headers, body } = collector.posted[0]
    assert.deepEqual([path, headers['api-key'], headers['content-type']], ['/v1/traces', 'abc=', 'application/json'])
    assert.ok(body.includes('{"key":"service.name","value":{"stringValue":"photos"}}'))
  } finally {
    await world.stop()
    await redis.stop()
    collector.stop()
  }
})

test('a collector and a Sentry that hang slow nothing down, and not the stop either', async () => {
  const collector = await startCollector({ hangs: true })
  const world = await startWorld({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.host}`, SENTRY_DSN: `http://key@${collector.host}/1` })
  let stopMs = Infinity
  try {
    for (let count = 0; count < 6000; count += 100) {
      const answers = await Promise.all(Array.from({ length: 100 }, async () => (await world.guest('GET', '/health/live')).status))
      assert.ok(answers.every((status) => status === 200))
    }
    world.running.app.telemetry.reportError(new Error('nobody hears'), {})
    await waitFor('a batch to be sent', async () => collector.posted.length, (count) => count > 0)
    const dropped = await waitFor('the bounded queue to overflow', async () => world.running.app.telemetry.spansDropped(), (count) => count > 0)
    assert.ok(dropped < 6000)
  } finally {
    const startedAt = performance.now()
    await world.stop()
    stopMs = performance.now() - startedAt
    collector.stop()
  }
  assert.ok(stopMs < 8000, `${stopMs} ms`)
})

test('errors for us to mend go to Sentry, with their stack and without what people sent; errors of theirs do not', async () => {
  const sentry = await startCollector()
  const world = await startWorld({ SENTRY_DSN: `http://abc@${sentry.host}/sub/42` })
  try {
    await world.guest('GET', '/api/viewer/ar/nothing/manifest')
    assert.equal((await world.guest('POST', '/api/auth/login', { email: 'a@b.example', password: 'wrong' })).status, 401)
    await sql`alter table tasks rename to tasks_away`.execute(world.running.app.db)
    const { status } = await world.admin('GET', `/api/tasks/${randomUUID()}?secret=word`)
    assert.equal(status, 500)
    const [post] = await waitFor('the report', async () => sentry.posted, (posted) => posted.length > 0)
    assert.equal(sentry.posted.length, 1)
    assert.equal(post.path, '/sub/api/42/envelope/')
    assert.match(String(post.headers['x-sentry-auth']), /sentry_key=abc/)
    const [head, kind, event] = post.body.trim().split('\n').map((line) => JSON.parse(line) as unknown)
    assert.equal((kind as { type: string }).type, 'event')
    assert.equal((head as { event_id: string }).event_id, (event as { event_id: string }).event_id)
    const { exception, tags } = event as { exception: { values: { type: string; value: string; stacktrace: { frames: { filename: string; in_app: boolean }[] } }[] }; tags: Record<string, string> }
    assert.match(exception.values[0].value, /relation "tasks" does not exist/)
    assert.ok(exception.values.some((value) => value.stacktrace.frames.some((frame) => frame.in_app)))
    assert.deepEqual([tags.code, tags.route, tags.method], ['internal', '/api/tasks/:id', 'GET'])
    assert.doesNotMatch(post.body, /secret|engine-no-1|ada@example/)
  } finally {
    await world.stop()
    sentry.stop()
  }
})
