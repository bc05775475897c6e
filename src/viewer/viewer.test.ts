import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createStudio, upload, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import type { ContentView } from '../content/schema.ts'
import { ensureDemo } from '../demo.ts'

type Failure = { error: { code: string; message: string } }

let world: World
let content: ContentView

before(async () => {
  world = await startWorld()
  const studio = await createStudio(world)
  content = await waitUntilProcessed(world, (await upload(world, studio)).body.id)
})
after(async () => await world.stop())

async function countVisits(): Promise<number> {
  return (await world.running.app.db.selectFrom('visits').select('id').execute()).length
}

test('the manifest has every field that the apps read, and counts a visit', async () => {
  const before = await countVisits()
  const { status, headers, body } = await world.guest<Record<string, unknown> & { video: Record<string, unknown> }>('GET', `/api/viewer/ar/${content.unique_id}/manifest`)
  assert.equal(status, 200)
  assert.equal(headers.get('x-manifest-version'), '1')
  assert.equal(body.manifest_version, '1')
  assert.equal(body.unique_id, content.unique_id)
  assert.equal(body.order_number, content.order_number)
  assert.equal(body.marker_image_url, content.photo_url)
  assert.equal(body.photo_url, content.photo_url)
  assert.equal(body.status, 'ready')
  assert.equal(body.expires_at, null)
  assert.equal(body.target_url, content.target_url)
  assert.deepEqual(Object.keys(body.video), ['id', 'title', 'video_url', 'thumbnail_url', 'duration', 'width', 'height', 'mime_type', 'selection_source', 'schedule_id', 'expires_in_days', 'selected_at'])
  assert.equal(body.video.duration, 1)
  assert.equal(Number.isInteger(body.video.id), true)
  assert.equal(await countVisits(), before + 1)
})

test('the active video has the fields that the apps read besides', async () => {
  const { body } = await world.guest('GET', `/api/viewer/ar/${content.unique_id}/active-video`)
  for (const field of ['preview_url', 'is_active', 'rotation_type', 'subscription_end', 'video_created_at', 'video_url']) assert.ok(field in body, field)
})

test('check always answers 200, with the reason when something is missing', async () => {
  const check = async (id: string) => {
    const { status, body } = await world.guest('GET', `/api/viewer/ar/${id}/check`)
    assert.equal(status, 200)
    return body
  }
  assert.deepEqual(await check(content.unique_id), { content_available: true })
  assert.deepEqual(await check('nonsense'), { content_available: false, reason: 'invalid_unique_id' })
  assert.deepEqual(await check(randomUUID()), { content_available: false, reason: 'not_found' })
  const set = async (values: Record<string, unknown>) => {
    await world.running.app.db.updateTable('arContent').set(values).where('id', '=', content.id).execute()
    await world.running.app.cache.settle()
  }
  await set({ expiresAt: new Date(Date.now() - 1000) })
  assert.deepEqual(await check(content.unique_id), { content_available: false, reason: 'subscription_expired' })
  assert.equal((await world.guest('GET', `/api/viewer/ar/${content.unique_id}/manifest`)).status, 403)
  assert.equal((await world.guest('GET', `/v/${content.code}`)).status, 403)
  await set({ expiresAt: null, markerStatus: 'processing' })
  assert.deepEqual(await check(content.unique_id), { content_available: false, reason: 'marker_still_generating' })
  assert.equal((await world.guest('GET', `/api/viewer/ar/${content.unique_id}/manifest`)).status, 400)
  assert.equal((await world.guest('GET', `/v/${content.code}`)).status, 200, 'still preparing is a page of its own')
  await set({ markerStatus: 'failed' })
  assert.deepEqual(await check(content.unique_id), { content_available: false, reason: 'marker_image_not_available' })
  await set({ markerStatus: 'ready', status: 'archived' })
  assert.deepEqual(await check(content.unique_id), { content_available: false, reason: 'content_not_active' })
  await set({ status: 'ready' })
  await world.running.app.db.updateTable('videos').set({ status: 'failed' }).where('arContentId', '=', content.id).execute()
  await world.running.app.cache.settle()
  assert.deepEqual(await check(content.unique_id), { content_available: false, reason: 'no_playable_video' })
  await world.running.app.db.updateTable('videos').set({ status: 'ready' }).where('arContentId', '=', content.id).execute()
  await world.running.app.cache.settle()
})

test('an unknown id is 404, a malformed one 400', async () => {
  assert.equal((await world.guest('GET', `/api/viewer/ar/${randomUUID()}/manifest`)).status, 404)
  const malformed = await world.guest<Failure>('GET', '/api/viewer/ar/12/manifest')
  assert.equal(malformed.status, 400)
  assert.match(malformed.body.error.message, /“12”/)
})

test('short links, long links and those of old prints lead to one page; a trailing slash too', async () => {
  for (const path of [`/v/${content.code}`, `/view/${content.unique_id}`, `/view/${content.unique_id}/`, `/v/${content.code}/`]) {
    const { status, headers, text } = await world.guest('GET', path)
    assert.equal(status, 200, path)
    assert.match(headers.get('content-type') ?? '', /text\/html/)
    assert.ok(text.includes(content.unique_id), path)
  }
  const old = await world.guest('GET', `/ar/${content.unique_id}`)
  assert.equal(old.status, 301)
  assert.equal(old.headers.get('location'), content.public_link)
  assert.equal((await world.guest('GET', '/v/zzzzzzzzzz')).status, 404)
})

test('the demo is listed and works by its own id', async () => {
  await ensureDemo(world.running.app)
  await ensureDemo(world.running.app)
  const { body } = await world.guest<{ demos: { unique_id: string; title: string; marker_image_url: string }[] }>('GET', '/api/viewer/demo/list')
  assert.deepEqual(body.demos.map((demo) => demo.unique_id), ['demo_1'])
  const demo = await world.running.app.db.selectFrom('arContent').select('id').where('demoNumber', '=', 1).executeTakeFirstOrThrow()
  assert.equal((await waitUntilProcessed(world, demo.id)).status, 'ready')
  assert.equal((await world.guest('GET', '/api/viewer/ar/demo_1/manifest')).status, 200)
  assert.deepEqual((await world.guest('GET', '/api/viewer/ar/demo_1/check')).body, { content_available: true })
})

test('a visit is counted once, grows, and never shrinks', async () => {
  const before = await countVisits()
  const visit = {
    visit_id: randomUUID(), unique_id: content.unique_id, video_id: content.videos[0].id, started_at: new Date().toISOString(), camera: null as string | null,
    time_to_lock_ms: null as number | null, lock_count: 0, duration_ms: 100, watched_ms: 0, video_played: false, watched_without_camera: false,
  }
  const post = async (change: Partial<typeof visit>) => (await world.guest('POST', '/api/viewer/visits', { ...visit, ...change })).status
  assert.equal(await post({ camera: 'refused' }), 204)
  assert.equal(await post({ camera: 'granted', time_to_lock_ms: 250, lock_count: 2, duration_ms: 9000, watched_ms: 5000, video_played: true }), 204)
  assert.equal(await post({ duration_ms: 500 }), 204)
  assert.equal(await countVisits(), before + 1)
  const row = await world.running.app.db.selectFrom('visits').selectAll().where('id', '=', visit.visit_id).executeTakeFirstOrThrow()
  assert.deepEqual([row.camera, row.timeToLockMs, row.lockCount, row.durationMs, row.watchedMs, row.videoPlayed], ['granted', 250, 2, 9000, 5000, true])
  assert.equal(await post({ duration_ms: -1 }), 400)
  assert.equal(await post({ visit_id: randomUUID(), unique_id: randomUUID() }), 404)
})

test('the apps’ sessions: created, then exists; more is told later', async () => {
  const session_id = randomUUID()
  const open = async (id: string) => await world.guest('POST', '/api/mobile/sessions', { ar_content_unique_id: id, session_id, device_type: 'phone', device_model: 'Pixel', os: 'Android 15', user_agent: 'ARV/1' })
  assert.deepEqual((await open(content.unique_id)).body, { status: 'created', session_id })
  const again = await open(content.unique_id)
  assert.deepEqual([again.status, again.body], [200, { status: 'exists', session_id }])
  assert.equal((await open(randomUUID())).status, 404)
  assert.equal((await open('nonsense')).status, 400)
  const told = await world.guest('POST', '/api/mobile/analytics', { session_id, duration_seconds: 12, video_played: true, tracking_quality: 'good' })
  assert.deepEqual([told.status, told.body], [200, { status: 'updated', session_id }])
  const row = await world.running.app.db.selectFrom('visits').selectAll().where('id', '=', session_id).executeTakeFirstOrThrow()
  assert.deepEqual([row.source, row.durationMs, row.videoPlayed, row.trackingQuality], ['app', 12_000, true, 'good'])
  assert.equal((await world.guest('POST', '/api/mobile/analytics', { session_id: randomUUID() })).status, 404)
  assert.equal((await world.guest('POST', '/api/mobile/analytics', { session_id: 'x' })).status, 400)
})

test('media: whole, in ranges, and not again when it is there', async () => {
  const path = new URL(content.video_url ?? '').pathname
  const whole = await fetch(world.url + path)
  const bytes = Buffer.from(await whole.arrayBuffer())
  assert.match(whole.headers.get('cache-control') ?? '', /immutable/)
  assert.equal(whole.headers.get('content-type'), 'video/mp4')
  for (const [range, from, to] of [['bytes=0-99', 0, 100], ['bytes=100-', 100, bytes.length], ['bytes=-50', bytes.length - 50, bytes.length], [`bytes=5-${bytes.length * 2}`, 5, bytes.length]] as const) {
    const part = await fetch(world.url + path, { headers: { range } })
    assert.equal(part.status, 206, range)
    assert.equal(part.headers.get('content-range'), `bytes ${from}-${to - 1}/${bytes.length}`)
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(from, to))
  }
  const beyond = await fetch(world.url + path, { headers: { range: `bytes=${bytes.length}-` } })
  assert.equal(beyond.status, 416)
  assert.equal((await fetch(world.url + path, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } })).status, 304)
  const changed = await fetch(world.url + path, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } })
  assert.equal(changed.status, 200, 'another version is sent whole')
  for (const wrong of ['/media/x/y', `/media/${'a'.repeat(64)}/video.mp4`, `/media/${'a'.repeat(64)}/..%2f..%2fetc%2fpasswd`]) assert.equal((await world.guest('GET', wrong)).status, 404, wrong)
})

test('what phones ask before they open links in an app', async () => {
  const android = await world.guest('GET', '/.well-known/assetlinks.json')
  assert.deepEqual(android.body, [])
  const apple = await world.guest<{ applinks: { details: unknown[] } }>('GET', '/.well-known/apple-app-site-association')
  assert.deepEqual(apple.body.applinks.details, [])
})
