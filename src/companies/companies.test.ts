import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomBytes } from 'node:crypto'
import sharp from 'sharp'
import { things } from '../../test/access.things.ts'
import { createLogoForm, createPerson, createStudio, upload } from '../../test/factories.ts'
import type { Person } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'

type Failure = { error: { code: string; message: string; details?: Record<string, unknown> } }
interface Company {
  id: number
  name: string
  slug: string
  version: number
  time_zone: string
  logo_url: string | null
  contact_email: string | null
  start_text: string | null
}
const form = { 'content-type': 'application/x-www-form-urlencoded' }

let world: World
let companyId: number
let projectId: number
let manager: Person
before(async () => {
  world = await startWorld()
  const studio = await createStudio(world)
  companyId = studio.companyId
  projectId = studio.projectId
  manager = await createPerson(world, { role: 'manager', companyId })
})
after(async () => await world.stop())

const read = async (id = companyId) => (await world.admin<Company>('GET', `/api/companies/${id}`)).body
const change = async (body: unknown) => await manager.call<Company & Failure>('PATCH', `/api/companies/${companyId}`, body)
const post = async (path: string, values: Record<string, string>) => await manager.call(`POST`, path, new URLSearchParams(values).toString(), form)
/** A guest's page of an order in the company's project. */
const openViewer = async () => await world.guest('GET', `/v/${await things.code(world, { companyId, projectId, person: manager })}`)

test('a manager changes what is given, and what is left out stays', async () => {
  const changed = await change({ contact_name: ' Ада ', time_zone: 'Asia/Yekaterinburg', language: 'ru', start_text: 'Hello' })
  assert.equal(changed.status, 200)
  assert.deepEqual([changed.body.time_zone, changed.body.contact_email, changed.body.start_text], ['Asia/Yekaterinburg', 'hello@light.example', 'Hello'])
  const emptied = await change({ contact_email: '', start_text: null })
  assert.deepEqual([emptied.body.contact_email, emptied.body.start_text, emptied.body.time_zone], [null, null, 'Asia/Yekaterinburg'])
  const log = await manager.call<{ items: { kind: string; changes: Record<string, unknown> }[] }>('GET', '/api/audit?kind=company')
  assert.deepEqual(log.body.items[0].changes, { contactEmail: { from: 'hello@light.example', to: null }, startText: { from: 'Hello', to: null } })
})

test('time zones that do not exist, colours that are none, slugs and words out of bounds are refused by name', async () => {
  const wrong = [
    ['time_zone', 'Mars/Olympus'], ['time_zone', '+03:00'], ['time_zone', ''], ['time_zone', 'Europe/../etc'], ['accent_colour', 'red'], ['accent_colour', '#12345'],
    ['language', 'de'], ['slug', 'No Spaces'], ['slug', '-x'], ['name', ' '], ['contact_email', 'nobody'], ['start_heading', 'x'.repeat(81)], ['start_text', 'x'.repeat(301)],
  ]
  for (const [field, value] of wrong) {
    const { status, body } = await change({ [field]: value })
    assert.deepEqual([status, body.error.code, body.error.details?.field], [400, 'invalid_input', field], `${field}=${value}`)
  }
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires']) assert.equal((await change({ time_zone: zone })).status, 200, zone)
})

test('whether it is open, and its slug, is the platform’s matter', async () => {
  assert.equal((await change({ status: 'inactive' })).body.error.code, 'forbidden')
  assert.equal((await change({ slug: 'mine' })).body.error.code, 'forbidden')
  const other = await world.admin<Company>('POST', '/api/companies', { name: 'Taken', slug: 'taken' })
  assert.equal(other.body.slug, 'taken')
  const twice = await world.admin<Failure>('POST', '/api/companies', { name: 'Taken', slug: 'taken' })
  assert.deepEqual([twice.status, twice.body.error.code], [409, 'slug_taken'])
  assert.equal((await world.admin<Failure>('PATCH', `/api/companies/${companyId}`, { slug: 'taken' })).body.error.code, 'slug_taken')
})

test('two who change the same company: the second is told, sees both, and loses nothing', async () => {
  const { version } = await read()
  const fields = { name: 'Light Studio', time_zone: 'UTC', language: 'en', version: String(version) }
  assert.equal((await post(`/admin/companies/${companyId}`, { ...fields, contact_name: 'First' })).status, 303)
  const second = await post(`/admin/companies/${companyId}`, { ...fields, contact_name: 'Second' })
  assert.equal(second.status, 409)
  assert.match(second.text, /Somebody else changed this/)
  assert.match(second.text, /name="contact_name"[^>]*value="Second"/s, 'what was typed is still there')
  assert.match(second.text, /<strong><bdi>First<\/bdi><\/strong>/, 'beside what is stored')
  const fresh = /name="version" value="(\d+)"/.exec(second.text)![1]
  assert.equal((await post(`/admin/companies/${companyId}`, { ...fields, contact_name: 'Second', version: fresh })).status, 303, 'saving again means it')
  const api = await change({ contact_name: 'Third', version })
  assert.deepEqual([api.status, api.body.error.code], [409, 'edited_meanwhile'])
})

test('a logo is drawn anew, whatever it brought along, and shown to guests with colour and words', async () => {
  const photo = await sharp({ create: { width: 900, height: 300, channels: 4, background: '#ff000080' } }).withExif({ IFD0: { Copyright: 'secret place' } }).png().toBuffer()
  const set = await manager.call<Company>('PUT', `/api/companies/${companyId}/logo`, await createLogoForm(photo))
  assert.equal(set.status, 200)
  const stored = await fetch(set.body.logo_url!.replace(/^https?:\/\/[^/]+/, world.url))
  const bytes = Buffer.from(await stored.arrayBuffer())
  assert.deepEqual([stored.headers.get('content-type'), (await sharp(bytes).metadata()).width], ['image/png', 512])
  assert.ok(!bytes.includes('secret place'))
  await change({ accent_colour: '#3344B8', start_heading: '<b>Anna</b> & Ivan', start_text: 'Point <here>', language: 'ru' })
  const page = await openViewer()
  assert.match(page.text, /<h1>&lt;b&gt;Anna&lt;\/b&gt; &amp; Ivan<\/h1>\s*<p>Point &lt;here&gt;<\/p>/)
  assert.match(page.text, /<img class="logo" src="\/media\/[0-9a-f]{64}\/logo\.webp" alt="Light Studio" width="512" height="171">/)
  const style = /<style>(:root\{--brand:[^<]+)<\/style>/.exec(page.text)![1]
  const hash = (await import('node:crypto')).createHash('sha256').update(style).digest('base64')
  assert.ok(page.headers.get('content-security-policy')?.includes(`'sha256-${hash}'`), 'the colour is allowed by its hash')
  assert.equal((await fetch(`${world.url}${/src="(\/media\/[^"]+logo\.webp)"/.exec(page.text)![1]}`)).status, 200)
})

test('a logo that two share stays until both have let it go', async () => {
  const other = await createStudio(world, 'Shares')
  const url = (await world.admin<Company>('PUT', `/api/companies/${other.companyId}/logo`, await createLogoForm())).body.logo_url!.replace(/^https?:\/\/[^/]+/, world.url)
  await manager.call('PUT', `/api/companies/${companyId}/logo`, await createLogoForm())
  assert.equal((await read()).logo_url?.endsWith(new URL(url).pathname), true)
  await manager.call('DELETE', `/api/companies/${companyId}/logo`)
  assert.equal((await fetch(url)).status, 200)
  await world.admin('DELETE', `/api/companies/${other.companyId}/logo`)
  assert.equal((await fetch(url)).status, 404)
})

test('what is no picture, or a broken, tiny, huge or active one, is no logo, and the old one stays', async () => {
  const good = (await manager.call<Company>('PUT', `/api/companies/${companyId}/logo`, await createLogoForm())).body.logo_url
  const png = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#fff' } }).png().toBuffer()
  const cases: [string, Buffer, number, string][] = [
    ['text', Buffer.from('only words '.repeat(50)), 422, 'logo_unreadable'],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><script>alert(1)</script></svg>'), 422, 'logo_unreadable'],
    ['cut off', (await sharp(randomBytes(300 * 300 * 3), { raw: { width: 300, height: 300, channels: 3 } }).png().toBuffer()).subarray(0, 20_000), 422, 'logo_unreadable'],
    ['tiny', await sharp(png).resize(4, 4).png().toBuffer(), 422, 'logo_unreadable'],
    ['GIF', await sharp(png).gif().toBuffer(), 422, 'logo_unreadable'],
    ['huge', Buffer.concat([png, Buffer.alloc(6 * 1024 * 1024)]), 413, 'logo_too_large'],
    ['empty', Buffer.alloc(0), 400, 'missing_field'],
  ]
  for (const [what, bytes, status, code] of cases) {
    const answer = await manager.call<Failure>('PUT', `/api/companies/${companyId}/logo`, await createLogoForm(bytes))
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], what)
  }
  const other = new FormData()
  other.set('file', new Blob([new Uint8Array(png)]), 'x.png')
  assert.equal((await manager.call<Failure>('PUT', `/api/companies/${companyId}/logo`, other)).body.error.code, 'missing_field')
  assert.equal((await manager.call<Failure>('PUT', `/api/companies/${companyId}/logo`, { logo: 'x' })).status, 415)
  assert.equal((await read()).logo_url, good)
  const page = await manager.call('POST', `/admin/companies/${companyId}/logo`, await createLogoForm(cases[0][1]))
  assert.equal(page.status, 422)
  assert.match(page.text, /id="error-logo_file"[^>]*>This is not a picture/)
})

test('guests of a resting or archived project, and of a closed company, are told so; the apps too', async () => {
  const project = async (status: string) => assert.equal((await manager.call('PATCH', `/api/projects/${projectId}`, { status })).status, 200)
  const uniqueId = await things.uniqueId(world, { companyId, projectId, person: manager })
  const check = async () => (await world.guest<{ content_available: boolean; reason?: string }>('GET', `/api/viewer/ar/${uniqueId}/check`)).body
  assert.deepEqual(await check(), { content_available: true })
  for (const status of ['inactive', 'archived']) {
    await project(status)
    assert.deepEqual(await check(), { content_available: false, reason: 'content_not_active' })
    const page = await world.guest('GET', `/view/${uniqueId}`)
    assert.equal(page.status, 403)
    assert.match(page.text, /data-state="inactive"/)
    assert.ok(!page.text.includes('og:image'), 'nor is the photo shown')
  }
  const refused = await upload<Failure>(world, { companyId, projectId })
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'project_archived'])
  await project('active')
  assert.deepEqual(await check(), { content_available: true })
  await world.admin('PATCH', `/api/companies/${companyId}`, { status: 'inactive' })
  assert.deepEqual(await check(), { content_available: false, reason: 'content_not_active' })
  await world.admin('PATCH', `/api/companies/${companyId}`, { status: 'active' })
  assert.deepEqual(await check(), { content_available: true })
})

test('projects: made, renamed, archived and restored on their pages; two at once are told apart', async () => {
  const editor = await createPerson(world, { role: 'editor', companyId })
  const send = async (path: string, values: Record<string, string>) => await editor.call('POST', path, new URLSearchParams(values).toString(), form)
  const made = await send('/admin/projects', { name: '<b>Зима</b> 🎄' })
  assert.equal(made.status, 303)
  const path = made.headers.get('location')!
  assert.match((await editor.call('GET', path)).text, /&lt;b&gt;Зима&lt;\/b&gt; 🎄/)
  assert.equal((await send(path, { name: 'Winter', status: 'archived', version: '1' })).status, 303)
  const late = await send(path, { name: 'Mine', status: 'active', version: '1' })
  assert.equal(late.status, 409)
  assert.match(late.text, /value="Mine"/)
  assert.match(late.text, /<bdi>Winter<\/bdi>/)
  assert.equal((await send(path, { name: 'Winter', status: 'active', version: '2' })).status, 303)
  const log = await manager.call<{ items: { action: string }[] }>('GET', '/api/audit?kind=project&search=Winter')
  assert.deepEqual(log.body.items.map(({ action }) => action), ['restored', 'archived'])
  assert.equal((await send('/admin/projects', { name: '' })).status, 400)
  assert.match((await send('/admin/projects', { name: '' })).text, /data-open/, 'the dialog opens again with what is wrong')
})

test('beyond the first hundred, companies and projects are found by searching, and a chosen one is always there', async () => {
  const { db } = world.running.app
  await db.insertInto('companies').values(Array.from({ length: 120 }, (_, index) => ({ name: `AA ${String(index).padStart(3, '0')}`, slug: `aa-${index}` }))).execute()
  await db.insertInto('projects').values(Array.from({ length: 120 }, (_, index) => ({ companyId, name: `AA ${String(index).padStart(3, '0')}`, code: `p${index}` }))).execute()
  const names = async (path: string) => (await world.admin<{ items: { name: string }[] }>('GET', path)).body.items.map(({ name }) => name)
  assert.deepEqual(await names('/api/companies?search=light%20stu'), ['Light Studio'])
  assert.deepEqual(await names(`/api/companies/${companyId}/projects?search=wedd`), ['Weddings'])
  assert.deepEqual(await names('/api/companies?search=100%25'), [], 'signs of a pattern are only letters')
  assert.equal((await world.admin('GET', `/api/companies?search=${'x'.repeat(101)}`)).status, 400)
  const chosen = new RegExp(`<option value="${companyId}" selected>Light Studio</option>`)
  assert.match((await world.admin('GET', `/admin/content/new?company_id=${companyId}`)).text, chosen)
  assert.match((await world.admin('GET', `/admin/content?company_id=${companyId}`)).text, chosen)
  const page = await world.admin('GET', '/admin/companies?page=1000000000')
  assert.equal(page.status, 200)
})
