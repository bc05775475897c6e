import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { createPerson, createStudio } from './factories.ts'
import { startWorld } from './world.ts'
import type { World } from './world.ts'

type Failure = { error: { code: string; message: string; requestId: string } }

let world: World
before(async () => {
  world = await startWorld()
  await createStudio(world)
})
after(async () => await world.stop())

test('an id that is not a number, or a number that is nobody’s', async () => {
  for (const path of ['/api/ar-content/abc', '/api/companies/1.5', '/api/projects/-1', '/api/ar-content/99999999999999999999', '/api/tasks/not-a-uuid', '/api/companies/x/projects']) {
    const { status, body } = await world.admin<Failure>('GET', path)
    assert.equal(status, 400, path)
    assert.equal(body.error.code, 'invalid_id', path)
  }
  for (const path of ['/api/ar-content/123456', '/api/companies/123456', '/api/projects/123456', '/api/companies/123456/projects', '/api/tasks/5bb40c7a-4b06-4b21-9a55-f2be4cb2e9cb', '/api/nothing']) {
    const { status, body } = await world.admin<Failure>('GET', path)
    assert.equal(status, 404, path)
    assert.equal(body.error.code, 'not_found', path)
  }
})

test('JSON that is not JSON, JSON of the wrong shape, and none', async () => {
  const json = { 'content-type': 'application/json' }
  const broken = await world.admin<Failure>('POST', '/api/companies', '{"name": ', json)
  assert.deepEqual([broken.status, broken.body.error.code], [400, 'invalid_json'])
  const missing = await world.admin<Failure>('POST', '/api/companies', {})
  assert.deepEqual([missing.status, missing.body.error.code], [400, 'missing_field'])
  assert.match(missing.body.error.message, /name/)
  for (const body of [{ name: '' }, { name: 5 }, { name: 'x'.repeat(201) }, { name: 'A', contact_email: 'no' }]) {
    const wrong = await world.admin<Failure>('POST', '/api/companies', body)
    assert.deepEqual([wrong.status, wrong.body.error.code], [400, 'invalid_input'], JSON.stringify(body))
  }
  const huge = await world.admin<Failure>('POST', '/api/companies', { name: 'x'.repeat(400_000) })
  assert.deepEqual([huge.status, huge.body.error.code], [413, 'request_too_large'])
  const text = await world.admin<Failure>('POST', '/api/companies', 'name=A', { 'content-type': 'text/plain' })
  assert.deepEqual([text.status, text.body.error.code], [415, 'unsupported_media_type'])
})

test('a NUL in a text and a date out of range are wrong input, not a fault of ours', async () => {
  const visit = { visit_id: '11111111-1111-4111-8111-111111111111', unique_id: '11111111-1111-4111-8111-111111111112', video_id: null, started_at: '0000-01-01T00:00:00Z', camera: null, time_to_lock_ms: null, lock_count: 0, duration_ms: 0, watched_ms: 0, video_played: false, watched_without_camera: false }
  const answers = [
    await world.admin('POST', '/api/companies', { name: 'a\u0000b' }),
    await world.admin('GET', '/api/ar-content?search=%00'),
    await world.guest('POST', '/api/viewer/visits', visit),
    await world.guest('POST', '/admin/login', 'email=a%00b&password=x', { 'content-type': 'application/x-www-form-urlencoded' }),
  ]
  for (const answer of answers) assert.equal(answer.status, 400, answer.text.slice(0, 200))
})

test('a wrong token, an ended one, a strange header', async () => {
  for (const authorization of ['Bearer nonsense', 'Bearer ', 'Basic YTpi', 'nonsense', `Bearer ${'x'.repeat(5000)}`]) {
    const { status, body } = await world.guest<Failure>('GET', '/api/companies', undefined, { authorization })
    assert.deepEqual([status, body.error.code], [401, 'unauthenticated'], authorization.slice(0, 20))
  }
})

test('errors speak the reader’s language and carry a request id', async () => {
  const russian = await world.guest<Failure>('GET', '/api/companies', undefined, { 'accept-language': 'ru-RU,ru;q=0.9,en;q=0.5' })
  assert.match(russian.body.error.message, /Войдите/)
  assert.equal(russian.headers.get('x-request-id'), russian.body.error.requestId)
  const page = await world.guest('GET', '/no/such/page', undefined, { accept: 'text/html', 'accept-language': 'ru' })
  assert.equal(page.status, 404)
  assert.match(page.text, /<html lang="ru"/)
})

test('HTML, right-to-left text and emoji in names stay what they are', async () => {
  const name = '<b onclick="x()">Ёлка & ‮שלום 🎄</b>'
  const { body } = await world.admin<{ id: number; name: string }>('POST', '/api/companies', { name })
  assert.equal(body.name, name)
  const { text } = await world.admin('GET', '/admin/content')
  assert.ok(!text.includes('<b onclick'), 'the name was not escaped')
})

test('names in other scripts, and the same name twice, get slugs of their own', async () => {
  const slugs = []
  for (const name of ['Студия', 'Café Zoë', 'Café Zoë', '🎄']) slugs.push((await world.admin<{ slug: string }>('POST', '/api/companies', { name })).body.slug)
  assert.equal(new Set(slugs).size, 4)
  assert.equal(slugs[1], 'cafe-zoe')
})

test('a person of one company sees nothing of another', async () => {
  const mine = await createStudio(world, 'Mine')
  const theirs = await createStudio(world, 'Theirs')
  const { call } = await createPerson(world, { role: 'editor', companyId: mine.companyId })
  assert.equal((await call('GET', `/api/companies/${mine.companyId}`)).status, 200)
  assert.equal((await call('GET', `/api/companies/${theirs.companyId}`)).status, 404)
  assert.equal((await call('GET', `/api/projects/${theirs.projectId}`)).status, 404)
  assert.equal((await call('POST', `/api/companies/${theirs.companyId}/projects`, { name: 'Mine now' })).status, 404)
  assert.equal((await call('POST', '/api/companies', { name: 'New' })).status, 403)
  const list = await call<{ items: { id: number }[] }>('GET', '/api/companies')
  assert.deepEqual(list.body.items.map((company) => company.id), [mine.companyId])
})

test('a request that is no HTTP gets an answer and ends', async () => {
  const socket = net.connect(Number(new URL(world.url).port), '127.0.0.1')
  socket.write('HELO there\r\n\r\n')
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (piece) => (text += piece)).on('close', () => resolve(text))
  })
  assert.match(answer, /^HTTP\/1\.1 400/)
})

test('every page changes its language and colours by a link, and keeps the choice', async () => {
  for (const path of ['/', '/admin/login', '/admin/content', '/admin/content/new']) {
    const answer = await (path === '/admin/login' ? world.guest : world.admin)('GET', `${path}?lang=ru&theme=dark`)
    assert.match(answer.text, /<html lang="ru" data-theme="dark"/, path)
    assert.match(answer.headers.get('set-cookie') ?? '', /lang=ru.*theme=dark/s, path)
  }
})
