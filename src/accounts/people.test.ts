import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hashTestPassword } from '../../test/access.things.ts'
import { createPerson, createStudio } from '../../test/factories.ts'
import type { Person } from '../../test/factories.ts'
import { administrator, createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { digestToken } from './secrets.ts'

type Failure = { error: { code: string; message: string; details?: Record<string, unknown> } }
type Invited = { id: number; link: string } & Failure
const form = { 'content-type': 'application/x-www-form-urlencoded' }

let world: World
let own: number
let other: number
let manager: Person
before(async () => {
  world = await startWorld()
  own = (await createStudio(world, 'Own')).companyId
  other = (await createStudio(world, 'Other')).companyId
  manager = await createPerson(world, { role: 'manager', companyId: own, name: 'Maria', passwordHash: await hashTestPassword() })
})
after(async () => await world.stop())

const tokenOf = (link: string) => new URL(link).searchParams.get('token')!
const accept = async (token: string, more = {}) => await world.guest<Failure & { access_token: string; user: { role: string; company_id: number; name: string } }>(
  'POST', '/api/auth/invitations/accept', { token, name: '<i>Ёж</i> שלום 🦔', password: 'long enough 1', ...more })

test('without a mail server the inviter gets the link; whoever has it joins once, in the role they were invited to', async () => {
  const invited = await manager.call<Invited>('POST', '/api/invitations', { email: 'New@Light.example', role: 'editor' })
  assert.equal(invited.status, 201)
  const token = tokenOf(invited.body.link)
  const page = await world.guest('GET', `/admin/join?token=${token}`)
  assert.match(page.text, /Maria invited you to Own as editor/)
  assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
  assert.equal((await accept(token, { password: 'short' })).body.error.code, 'invalid_input')
  const joined = await accept(token)
  assert.equal(joined.status, 201)
  assert.deepEqual(joined.body.user, { ...joined.body.user, role: 'editor', company_id: own, name: '<i>Ёж</i> שלום 🦔' })
  assert.equal((await createCall(world.url, joined.body.access_token)('GET', '/api/auth/me')).status, 200)
  assert.equal((await accept(token)).body.error.code, 'link_ended', 'the second time')
  assert.equal((await world.guest('GET', `/admin/join?token=${token}`)).status, 410)
  const log = await manager.call<{ items: { action: string }[] }>('GET', '/api/audit?kind=person')
  assert.deepEqual(log.body.items.slice(0, 2).map(({ action }) => action), ['joined', 'invited'])
  assert.equal((await world.guest('POST', '/api/auth/login', { email: 'new@light.example', password: 'long enough 1' })).status, 200)
})

test('two who open the same invitation at once: one joins', async () => {
  const invited = await manager.call<Invited>('POST', '/api/invitations', { email: 'race@light.example', role: 'viewer' })
  const answers = await Promise.all([1, 2].map(async () => (await accept(tokenOf(invited.body.link))).status))
  assert.deepEqual(answers.sort(), [201, 410])
})

test('a forged, ended, withdrawn or replaced invitation opens nothing', async () => {
  assert.equal((await accept('x'.repeat(43))).status, 410)
  const first = await manager.call<Invited>('POST', '/api/invitations', { email: 'twice@light.example', role: 'viewer' })
  const second = await manager.call<Invited>('POST', '/api/invitations', { email: 'twice@light.example', role: 'editor' })
  assert.equal((await accept(tokenOf(first.body.link))).status, 410, 'a newer one replaces it')
  await world.running.app.db.updateTable('invitations').set({ expiresAt: new Date(Date.now() - 1000) }).where('sha256', '=', digestToken(tokenOf(second.body.link))).execute()
  assert.equal((await accept(tokenOf(second.body.link))).status, 410, 'it has ended')
  const third = await manager.call<Invited>('POST', '/api/invitations', { email: 'gone@light.example', role: 'viewer' })
  assert.equal((await manager.call('DELETE', `/api/invitations/${third.body.id}`)).status, 204)
  assert.equal((await accept(tokenOf(third.body.link))).status, 410, 'it was withdrawn')
})

test('managers invite to their company only, and make no administrators', async () => {
  const invite = async (body: unknown) => (await manager.call<Invited>('POST', '/api/invitations', body)).body.error.code
  assert.equal(await invite({ email: 'a@b.example', role: 'editor', company_id: other }), 'not_found')
  assert.equal(await invite({ email: 'a@b.example', role: 'admin' }), 'role_of_platform')
  assert.equal(await invite({ email: 'a@b.example', role: 'owner' }), 'invalid_input')
  assert.equal(await invite({ email: 'not an address', role: 'editor' }), 'invalid_input')
  assert.equal(await invite({ email: manager.email, role: 'editor' }), 'email_taken')
  const page = await manager.call('POST', '/admin/people/invite', new URLSearchParams({ email: 'a@b.example', role: 'editor', company_id: String(other) }).toString(), form)
  assert.equal(page.status, 404)
})

test('that an e-mail belongs to another company’s account is told to its owner, not to the inviter', async () => {
  const stranger = await createPerson(world, { role: 'viewer', companyId: other })
  const invited = await manager.call<Invited>('POST', '/api/invitations', { email: stranger.email, role: 'editor' })
  assert.equal(invited.status, 201)
  assert.equal((await accept(tokenOf(invited.body.link))).body.error.code, 'email_taken')
})

test('administrators invite administrators', async () => {
  const invited = await world.admin<Invited>('POST', '/api/invitations', { email: 'second@arv.example', role: 'admin' })
  const joined = await accept(tokenOf(invited.body.link))
  assert.deepEqual([joined.body.user.role, joined.body.user.company_id], ['admin', null])
  const list = await world.admin<{ items: { email: string }[] }>('GET', '/api/people?company_id=platform')
  assert.ok(list.body.items.some(({ email }) => email === 'second@arv.example'))
})

test('roles change, people go, and their sessions and tokens with them; nobody does it to themselves', async () => {
  const person = await createPerson(world, { role: 'viewer', companyId: own })
  assert.equal((await person.call('POST', `/api/companies/${own}/projects`, { name: 'P' })).status, 403)
  assert.equal((await manager.call('PATCH', `/api/people/${person.id}`, { role: 'editor' })).status, 200)
  assert.equal((await person.call('POST', `/api/companies/${own}/projects`, { name: 'P' })).status, 201, 'at once')
  const token = (await person.call<{ token: string }>('POST', '/api/auth/tokens', { name: 't', scope: 'read' })).body.token
  assert.equal((await manager.call('DELETE', `/api/people/${person.id}`)).status, 204)
  assert.equal((await person.call('GET', '/api/auth/me')).status, 401)
  assert.equal((await createCall(world.url, token)('GET', '/api/auth/me')).status, 401)
  assert.equal((await manager.call<Failure>('DELETE', `/api/people/${manager.id}`)).body.error.code, 'own_account')
  assert.equal((await manager.call<Failure>('PATCH', `/api/people/${manager.id}`, { role: 'viewer' })).body.error.code, 'own_account')
  assert.equal((await world.admin<Failure>('DELETE', '/api/people/1')).body.error.code, 'own_account', 'so one administrator is always left')
})

test('two who change the same person: the second is told, on the page with what both want', async () => {
  const person = await createPerson(world, { role: 'viewer', companyId: own, name: 'Shared' })
  const change = async (body: unknown) => await manager.call<Failure>('PATCH', `/api/people/${person.id}`, body)
  assert.equal((await change({ role: 'editor', version: 1 })).status, 200)
  const second = await change({ role: 'manager', version: 1 })
  assert.deepEqual([second.status, second.body.error.code, second.body.error.details], [409, 'edited_meanwhile', { version: 2 }])
  const page = await manager.call('POST', `/admin/people/${person.id}`, 'role=manager&version=1', form)
  assert.equal(page.status, 409)
  assert.match(page.text, /Somebody else changed this/)
  assert.equal((await manager.call<{ role: string }>('GET', `/api/people/${person.id}`)).body.role, 'editor')
})

test('one’s own name, password and e-mail; wrong passwords are counted', async () => {
  const person = await createPerson(world, { role: 'editor', companyId: own, passwordHash: await hashTestPassword() })
  assert.equal((await person.call<{ name: string }>('PATCH', '/api/auth/me', { name: ' Edith ', language: 'ru' })).body.name, 'Edith')
  const change = async (body: unknown) => await person.call<Failure>('POST', '/api/auth/password', body)
  assert.equal((await change({ password: 'wrong', new_password: 'another-horse-9' })).body.error.code, 'wrong_password')
  assert.equal((await change({ password: 'correct-horse-9', new_password: 'short' })).body.error.code, 'invalid_input')
  assert.equal((await change({ password: 'correct-horse-9', new_password: 'another-horse-9' })).status, 204)
  assert.equal((await person.call('GET', '/api/auth/me')).status, 200, 'this session stays')
  const moved = await person.call('POST', '/api/auth/email', { email: 'Edith@Light.example', password: 'another-horse-9' })
  assert.deepEqual(moved.body, { changed: true }, 'without a mail server at once')
  assert.equal((await person.call<Failure>('POST', '/api/auth/email', { email: administrator.email, password: 'another-horse-9' })).body.error.code, 'email_taken')
  assert.equal((await world.guest('POST', '/api/auth/login', { email: 'edith@light.example', password: 'another-horse-9' })).status, 200)
  const locked = []
  for (let attempt = 0; attempt < 6; attempt++) locked.push((await change({ password: 'wrong', new_password: 'another-horse-9' })).status)
  assert.deepEqual(locked, [403, 403, 403, 403, 403, 429])
})

test('people of a company that is closed are out, and back when it opens', async () => {
  const { companyId } = await createStudio(world, 'Closing')
  const person = await createPerson(world, { role: 'manager', companyId, passwordHash: await hashTestPassword() })
  const token = (await person.call<{ token: string }>('POST', '/api/auth/tokens', { name: 't', scope: 'manage' })).body.token
  const status = async () => [(await person.call('GET', '/api/auth/me')).status, (await createCall(world.url, token)('GET', '/api/auth/me')).status]
  assert.deepEqual(await status(), [200, 200])
  await world.admin('PATCH', `/api/companies/${companyId}`, { status: 'inactive' })
  assert.deepEqual(await status(), [401, 401])
  assert.equal((await world.guest('POST', '/api/auth/refresh', { refresh_token: person.refreshToken })).status, 401)
  assert.equal((await world.guest<Failure>('POST', '/api/auth/login', { email: person.email, password: 'correct-horse-9' })).body.error.code, 'company_inactive')
  await world.admin('PATCH', `/api/companies/${companyId}`, { status: 'active' })
  assert.deepEqual(await status(), [200, 200])
})

test('the page of people shows names as they are, invites, and hands out the link', async () => {
  await createPerson(world, { role: 'viewer', companyId: own, name: '<b onclick="x()">‮עברית 🎄</b>' })
  const page = await manager.call('GET', '/admin/people')
  assert.ok(!page.text.includes('<b onclick') && page.text.includes('&lt;b onclick'))
  const invited = await manager.call('POST', '/admin/people/invite', new URLSearchParams({ email: 'by-page@light.example', role: 'viewer' }).toString(), form)
  assert.equal(invited.status, 200)
  assert.match(invited.text, /\/admin\/join\?token=[\w-]+/)
  assert.equal(invited.headers.get('cache-control'), 'no-store')
  const wrong = await manager.call('POST', '/admin/people/invite', new URLSearchParams({ email: 'nonsense', role: 'viewer' }).toString(), { ...form, 'accept-language': 'ru' })
  assert.equal(wrong.status, 400)
  assert.match(wrong.text, /value="nonsense"/, 'what was typed stays')
})

test('the log is only ever added to, even by us, and filters narrow it down', async () => {
  const { db } = world.running.app
  await assert.rejects(db.updateTable('auditLog').set({ userName: 'nobody' }).execute(), /only ever added to/)
  await assert.rejects(db.deleteFrom('auditLog').execute(), /only ever added to/)
  const ask = async (query: string) => (await manager.call<{ items: { company_id: number; kind: string; subject_name: string }[]; total: number }>('GET', `/api/audit?${query}`)).body
  assert.ok((await ask('limit=100')).items.every((entry) => entry.company_id === own))
  assert.ok((await ask('kind=token')).items.every((entry) => entry.kind === 'token'))
  assert.equal((await ask('to=2001-01-01')).total, 0)
  assert.equal((await ask(`company_id=${other}`)).items.some((entry) => entry.company_id === other), false)
  assert.equal((await manager.call<Failure>('GET', '/api/audit?from=yesterday')).status, 400)
  assert.equal((await manager.call('GET', '/admin/audit?from=yesterday&page=1e9&kind=nonsense')).status, 200)
})
