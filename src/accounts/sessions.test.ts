import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createPerson, createStudio } from '../../test/factories.ts'
import { administrator, createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { limits } from '../limits.ts'
import { networkOf } from './attempts.ts'
import { digestToken } from './secrets.ts'

type Failure = { error: { code: string; message: string } }
interface Login {
  access_token: string
  refresh_token: string
  expires_in: number
}

let world: World
before(async () => {
  world = await startWorld({ TRUST_PROXY: '127.0.0.1' })
})
after(async () => await world.stop())

const signIn = async () => (await world.guest<Login>('POST', '/api/auth/login', administrator)).body
const refresh = async (refresh_token: string) => await world.guest<Login & Failure>('POST', '/api/auth/refresh', { refresh_token })
const asksMe = async (token: string) => (await createCall(world.url, token)('GET', '/api/auth/me')).status

/** Makes time pass for a token: what it says of its exchange or its end moves into the past. */
async function age(token: string, change: { exchangedAt?: Date; expiresAt?: Date }): Promise<void> {
  await world.running.app.db.updateTable('sessionTokens').set(change).where('sha256', '=', digestToken(token)).execute()
}

test('an access token ends after its minutes, and the refresh token gives the next pair', async () => {
  const first = await signIn()
  assert.equal(first.expires_in, 15 * 60)
  await age(first.access_token, { expiresAt: new Date(Date.now() - 1000) })
  assert.equal(await asksMe(first.access_token), 401)
  const second = await refresh(first.refresh_token)
  assert.equal(second.status, 200)
  assert.notEqual(second.body.refresh_token, first.refresh_token)
  assert.equal(await asksMe(second.body.access_token), 200)
})

test('a refresh token asked for twice at once gives the same next one; the session goes on', async () => {
  const first = await signIn()
  const answers = await Promise.all([refresh(first.refresh_token), refresh(first.refresh_token), refresh(first.refresh_token)])
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200])
  assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1)
  assert.equal((await refresh(answers[0].body.refresh_token)).status, 200)
})

test('a refresh token that comes back later ends the whole session, also for whoever has the newest tokens', async () => {
  const first = await signIn()
  const second = await refresh(first.refresh_token)
  await age(first.refresh_token, { exchangedAt: new Date(Date.now() - limits.refreshGraceMs - 1000) })
  assert.equal((await refresh(first.refresh_token)).status, 401)
  assert.equal(await asksMe(second.body.access_token), 401)
  assert.equal((await refresh(second.body.refresh_token)).status, 401)
  const log = await world.admin<{ items: { action: string; kind: string }[] }>('GET', '/api/audit?kind=session&action=revoked')
  assert.equal(log.body.items.length, 1)
})

test('a refresh token whose successor was used is stolen, however soon', async () => {
  const first = await signIn()
  const second = await refresh(first.refresh_token)
  const third = await refresh(second.body.refresh_token)
  assert.equal((await refresh(first.refresh_token)).status, 401)
  assert.equal(await asksMe(third.body.access_token), 401)
})

test('a refresh token that is forged, ended, empty, or an access token opens nothing', async () => {
  const { access_token, refresh_token } = await signIn()
  for (const wrong of ['nonsense', access_token, 'x'.repeat(200)]) assert.equal((await refresh(wrong)).status, 401, wrong.slice(0, 10))
  assert.equal((await refresh('')).status, 400)
  assert.equal((await world.guest('POST', '/api/auth/refresh')).status, 401)
  assert.equal(await asksMe(refresh_token), 401, 'nor does it serve as an access token')
  await age(refresh_token, { expiresAt: new Date(Date.now() - 1000) })
  assert.equal((await refresh(refresh_token)).status, 401)
})

test('a browser is given the next tokens on the way, and other sites cannot have them exchanged', async () => {
  const answer = await world.guest('POST', '/api/auth/login', administrator)
  const cookies = answer.headers.getSetCookie()
  assert.equal(cookies.length, 2)
  for (const cookie of cookies) assert.match(cookie, /HttpOnly; SameSite=Lax$|HttpOnly.*SameSite=Lax/)
  const refreshCookie = cookies.find((cookie) => cookie.startsWith('arv_refresh='))!.split(';')[0]
  const page = await world.guest('GET', '/admin/content', undefined, { cookie: refreshCookie })
  assert.equal(page.status, 200)
  const next = page.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
  assert.match(next, /arv_session=\S+; arv_refresh=\S+/)
  assert.equal((await world.guest('GET', '/admin/content', undefined, { cookie: next })).status, 200)
  const foreign = await world.guest<Failure>('POST', '/api/auth/refresh', undefined, { cookie: next, origin: 'https://evil.example' })
  assert.equal(foreign.body.error.code, 'forbidden_origin')
  const login = await world.guest<Failure>('POST', '/api/auth/login', administrator, { origin: 'https://evil.example' })
  assert.equal(login.body.error.code, 'forbidden_origin', 'nor sign a visitor of theirs in as somebody else')
})

test('signing out ends the session on every page, also for its refresh token', async () => {
  const { access_token, refresh_token } = await signIn()
  assert.equal((await createCall(world.url, access_token)('POST', '/api/auth/logout')).status, 204)
  assert.equal((await refresh(refresh_token)).status, 401)
})

test('sessions are listed with their device, ended one by one or all others at once', async () => {
  const { companyId } = await createStudio(world)
  const person = await createPerson(world, { role: 'editor', companyId })
  const others = await createPerson(world, { role: 'editor', companyId })
  const { db } = world.running.app
  const rows = [1, 2].map((minute) => ({ id: crypto.randomUUID(), userId: person.id, userAgent: 'Mozilla/5.0 (iPhone)', lastSeenAt: new Date(Date.now() - minute * 60_000), expiresAt: new Date(Date.now() + 60_000) }))
  await db.insertInto('sessions').values(rows).execute()
  const list = await person.call<{ items: { id: string; current: boolean; user_agent: string }[] }>('GET', '/api/auth/sessions')
  assert.deepEqual(list.body.items.map(({ current }) => current), [true, false, false])
  assert.equal(list.body.items[1].user_agent, 'Mozilla/5.0 (iPhone)')
  assert.equal((await person.call('DELETE', `/api/auth/sessions/${rows[0].id}`)).status, 204)
  assert.equal((await person.call('DELETE', `/api/auth/sessions/${rows[0].id}`)).status, 404)
  assert.equal((await person.call('DELETE', `/api/auth/sessions/${others.sessionId}`)).status, 404, 'somebody else’s')
  assert.deepEqual((await person.call('DELETE', '/api/auth/sessions')).body, { ended: 1 })
  assert.equal((await person.call('GET', '/api/auth/me')).status, 200)
  assert.equal((await others.call('GET', '/api/auth/me')).status, 200)
})

test('five tries per e-mail and network, known or not; other networks are not kept out, and their count is their own', async () => {
  const tryAs = async (email: string, address: string, password = 'wrong') => await world.guest<Failure>('POST', '/api/auth/login', { email, password }, { 'x-forwarded-for': address })
  for (const email of [administrator.email, 'nobody@example.com']) {
    const codes = []
    for (let attempt = 0; attempt < limits.loginFailuresMax + 1; attempt++) codes.push((await tryAs(email, '203.0.113.7')).status)
    assert.deepEqual(codes, [401, 401, 401, 401, 401, 429], email)
  }
  assert.equal((await tryAs(administrator.email, '203.0.113.7', administrator.password)).status, 429)
  assert.equal((await tryAs(administrator.email, '198.51.100.9', administrator.password)).status, 200)
  const all = await Promise.all(Array.from({ length: 12 }, () => tryAs('parallel@example.com', '203.0.113.8')))
  assert.equal(all.filter(({ status }) => status === 401).length, limits.loginFailuresMax, 'guesses sent at once are counted all the same')
})

test('a network is an IPv4 address, or the 48 bits of IPv6 that one household is given', () => {
  assert.equal(networkOf('203.0.113.7'), '203.0.113.7')
  assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7')
  assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:0db8:1:ffff::1'))
  assert.notEqual(networkOf('2001:db8:1::1'), networkOf('2001:db8:2::1'))
  assert.equal(networkOf('::1'), '0:0:0')
})

test('behind HTTPS cookies are secure, and browsers are told to stay with it', async () => {
  const secure = await startWorld({ PUBLIC_URL: 'https://photos.example.com' }, { beside: world })
  try {
    const answer = await secure.guest('POST', '/api/auth/login', administrator)
    for (const cookie of answer.headers.getSetCookie()) assert.match(cookie, /Secure/)
    assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age=\d+/)
    assert.equal((await world.guest('GET', '/')).headers.get('strict-transport-security'), null)
  } finally {
    await secure.stop()
  }
})

test('an API token acts as its owner as far as its scope goes, until it ends', async () => {
  const { companyId } = await createStudio(world)
  const person = await createPerson(world, { role: 'manager', companyId })
  const make = async (scope: string, more = {}) => (await person.call<{ id: number; token: string }>('POST', '/api/auth/tokens', { name: scope, scope, ...more })).body
  const [read, write, manage] = [await make('read'), await make('write'), await make('manage', { expires_in_days: 1 })]
  assert.match(read.token, /^arv_/)
  const as = (token: string) => createCall(world.url, token)
  const project = { name: 'By token' }
  assert.equal((await as(read.token)('GET', `/api/companies/${companyId}`)).status, 200)
  assert.equal((await as(read.token)<Failure>('POST', `/api/companies/${companyId}/projects`, project)).body.error.code, 'token_scope')
  assert.equal((await as(write.token)('POST', `/api/companies/${companyId}/projects`, project)).status, 201)
  assert.equal((await as(write.token)<Failure>('GET', '/api/people')).body.error.code, 'token_scope')
  assert.equal((await as(manage.token)('GET', '/api/people')).status, 200)
  assert.equal((await as(manage.token)<Failure>('POST', '/api/auth/tokens', { name: 'more', scope: 'manage' })).body.error.code, 'token_scope', 'a token makes no tokens')
  const list = await person.call<{ items: Record<string, unknown>[] }>('GET', '/api/auth/tokens')
  assert.ok(list.body.items.every((item) => !('token' in item) && item.last_used_at !== null))
  await world.running.app.db.updateTable('apiTokens').set({ expiresAt: new Date(Date.now() - 1000) }).where('id', '=', manage.id).execute()
  assert.equal((await as(manage.token)('GET', '/api/people')).status, 401)
  assert.equal((await person.call('DELETE', `/api/auth/tokens/${write.id}`)).status, 204)
  assert.equal((await as(write.token)('GET', `/api/companies/${companyId}`)).status, 401)
  for (const wrong of [{ name: '', scope: 'read' }, { name: 'x', scope: 'all' }, { name: 'x', scope: 'read', expires_in_days: 0 }, { name: 'x', scope: 'read', expires_in_days: 1e9 }]) {
    assert.equal((await person.call('POST', '/api/auth/tokens', wrong)).status, 400, JSON.stringify(wrong))
  }
})
