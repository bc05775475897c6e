import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createStudio, samples, upload, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import type { ContentView, TaskView } from './schema.ts'

let world: World
let studio: { companyId: number; projectId: number }

before(async () => {
  world = await startWorld()
  studio = await createStudio(world)
})
after(async () => await world.stop())

test('an upload becomes ready: target, score, previews, rendition and links', async () => {
  const { status, body } = await upload(world, { ...studio, fields: { customer_name: 'Анна 🌸', customer_phone: '+1 234', customer_email: 'anna@example.com', duration_years: '3' } })
  assert.equal(status, 201)
  assert.equal(body.order_number, '000001')
  assert.equal(body.status, 'processing')
  const content = await waitUntilProcessed(world, body.id)
  assert.equal(content.status, 'ready')
  assert.equal(content.marker_status, 'ready')
  assert.ok((content.marker_score ?? 0) > 40, `score ${content.marker_score}`)
  assert.equal(content.customer_name, 'Анна 🌸')
  assert.equal(new Date(content.expires_at ?? 0).getFullYear(), new Date().getFullYear() + 3)
  assert.deepEqual([...new Set(content.previews.map((preview) => preview.format))].sort(), ['avif', 'webp'])
  assert.equal(content.videos[0].status, 'ready')
  for (const url of [content.photo_url, content.target_url, content.video_url, content.videos[0].thumbnail_url, ...content.previews.map((preview) => preview.url)]) {
    const answer = await fetch((url ?? '').replace(world.running.app.publicUrl, world.url))
    assert.equal(answer.status, 200, String(url))
    assert.ok((await answer.arrayBuffer()).byteLength > 100)
  }
})

test('the same photo is not compiled a second time', async () => {
  const first = await waitUntilProcessed(world, (await upload(world, studio)).body.id)
  const again = await waitUntilProcessed(world, (await upload(world, studio)).body.id)
  assert.equal(again.target_url, first.target_url)
  const photos = await world.running.app.db.selectFrom('photos').select('sha256').execute()
  assert.equal(photos.length, 1)
  const stored = await world.running.app.storage.find(new URL(first.target_url ?? '').pathname.replace('/media/', ''))
  assert.ok(stored)
})

test('order numbers count up in their project, and a number of one’s own may not repeat', async () => {
  const { projectId } = await createStudio(world, 'Counting')
  const companyId = projectId === studio.projectId ? studio.companyId : (await world.admin<{ company_id: number }>('GET', `/api/projects/${projectId}`)).body.company_id
  const own = await upload(world, { companyId, projectId, fields: { order_number: '000002' } })
  assert.equal(own.status, 201)
  const made = await Promise.all([1, 2, 3].map(async () => (await upload(world, { companyId, projectId })).body.order_number))
  assert.deepEqual(made.sort(), ['000001', '000003', '000004'])
  const repeated = await upload<{ error: { code: string } }>(world, { companyId, projectId, fields: { order_number: '000002' } })
  assert.equal(repeated.status, 409)
  assert.equal(repeated.body.error.code, 'order_number_taken')
})

test('a task is followed to its end, asked for or told', async () => {
  const { body } = await upload(world, { ...studio, photo: await readFile(path.join(samples, 'coffee.png')) })
  const events = await fetch(`${world.url}/api/tasks/${body.task_id}/events`, { headers: { authorization: `Bearer ${world.token}` } })
  assert.equal(events.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const told = (await events.text()).split('\n').filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)) as TaskView)
  assert.equal(told.at(-1)?.status, 'ready')
  assert.equal(told.at(-1)?.progress, 1)
  const asked = await world.admin<TaskView>('GET', `/api/tasks/${body.task_id}`)
  assert.deepEqual(asked.body.jobs.map((job) => [job.kind, job.status, job.progress]), [['target', 'ready', 1], ['previews', 'ready', 1], ['video', 'ready', 1], ['score', 'ready', 1]])
  assert.equal((await world.guest('GET', `/api/tasks/${body.task_id}`)).status, 401)
})

test('lists page, filter and search', async () => {
  const lists = await createStudio(world, 'Lists')
  for (const name of ['Берта', 'Bob 100%', 'Carol']) await upload(world, { ...lists, fields: { customer_name: name } })
  const page = await world.admin<{ items: ContentView[]; total: number; has_more: boolean; total_is_exact: boolean }>('GET', `/api/ar-content?project_id=${lists.projectId}&limit=2`)
  assert.deepEqual(page.body.items.map((item) => item.customer_name), ['Carol', 'Bob 100%'])
  assert.equal(page.body.total, 3)
  assert.equal(page.body.has_more, true)
  assert.equal(page.body.total_is_exact, true)
  for (const [search, names] of [['берт', ['Берта']], ['0%', ['Bob 100%']], ['_', []]] as const) {
    const found = await world.admin<{ items: ContentView[] }>('GET', `/api/ar-content?project_id=${lists.projectId}&search=${encodeURIComponent(search)}`)
    assert.deepEqual(found.body.items.map((item) => item.customer_name), names, search)
  }
  assert.equal((await world.admin('GET', '/api/ar-content?page=0')).status, 400)
  assert.equal((await world.admin('GET', '/api/ar-content?limit=1000')).status, 400)
})

test('QR codes lead to the short link, as SVG and PNG at any size', async () => {
  const { body } = await upload(world, studio)
  const svg = await world.admin('GET', `/api/ar-content/${body.id}/qr.svg`)
  assert.match(svg.text, /^<svg /)
  assert.equal(svg.headers.get('content-type'), 'image/svg+xml')
  const png = await world.admin('GET', `/api/ar-content/${body.id}/qr.png?size=1000`)
  assert.equal(png.headers.get('content-type'), 'image/png')
  assert.equal((await world.admin('GET', `/api/ar-content/${body.id}/qr.png?size=9`)).status, 400)
  assert.match(body.print_warning ?? '', /PUBLIC_URL/)
})
