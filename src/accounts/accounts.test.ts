import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { administrator, createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { limits } from '../limits.ts'
import { resetPassword } from './accounts.ts'

type Failure = { error: { code: string; message: string } }

let world: World
before(async () => {
  world = await startWorld()
})
after(async () => await world.stop())

test('signing in gives a bearer token and the user, whatever the case of the e-mail', async () => {
  const { status, body } = await world.guest('POST', '/api/auth/login', { ...administrator, email: administrator.email.toUpperCase() })
  assert.equal(status, 200)
  assert.equal(body.token_type, 'bearer')
  assert.deepEqual(body.user, { id: 1, email: administrator.email, name: 'Administrator', role: 'admin', company_id: null })
  const me = await createCall(world.url, body.access_token as string)('GET', '/api/auth/me')
  assert.equal(me.body.email, administrator.email)
})

test('signing out ends the token', async () => {
  const { body } = await world.guest('POST', '/api/auth/login', administrator)
  const user = createCall(world.url, body.access_token as string)
  assert.equal((await user('POST', '/api/auth/logout')).status, 204)
  assert.equal((await user('GET', '/api/auth/me')).status, 401)
})

test('a wrong password and an unknown e-mail get the same answer', async () => {
  const wrong = await world.guest<Failure>('POST', '/api/auth/login', { ...administrator, password: 'wrong' })
  const unknown = await world.guest<Failure>('POST', '/api/auth/login', { email: 'nobody@example.com', password: 'wrong' })
  assert.equal(wrong.status, 401)
  assert.deepEqual({ ...wrong.body.error, requestId: '' }, { ...unknown.body.error, requestId: '' })
})

test('after five wrong passwords the right one waits too, and a new password helps', async () => {
  for (let attempt = 0; attempt < limits.loginFailuresMax; attempt++) await world.guest('POST', '/api/auth/login', { ...administrator, password: 'wrong' })
  const locked = await world.guest<Failure>('POST', '/api/auth/login', administrator)
  assert.equal(locked.status, 429)
  assert.match(locked.body.error.message, /15 minutes/)
  const password = await resetPassword(world.running.app.db, administrator.email)
  assert.equal((await world.guest('POST', '/api/auth/login', { email: administrator.email, password })).status, 200)
  assert.equal((await world.admin('GET', '/api/auth/me')).status, 401, 'a new password ends the old sessions')
})

test('a cookie signs in for pages, and other sites cannot use it', async () => {
  const password = await resetPassword(world.running.app.db, administrator.email)
  const form = new URLSearchParams({ email: administrator.email, password, next: '/admin/content/new' }).toString()
  const answer = await world.guest('POST', '/admin/login', form, { 'content-type': 'application/x-www-form-urlencoded' })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('location'), '/admin/content/new')
  const cookie = answer.headers.get('set-cookie') ?? ''
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Lax/)
  const session = cookie.split(';')[0]
  assert.equal((await world.guest('GET', '/admin/content', undefined, { cookie: session })).status, 200)
  const foreign = await world.guest<Failure>('POST', '/api/companies', { name: 'Evil' }, { cookie: session, origin: 'https://evil.example' })
  assert.equal(foreign.status, 403)
  assert.equal(foreign.body.error.code, 'forbidden_origin')
  const withBasic = await world.guest('POST', '/api/companies', { name: 'Evil' }, { cookie: session, origin: 'https://evil.example', authorization: 'Basic eDp5' })
  assert.equal(withBasic.status, 403, 'a header that is no token of ours opens nothing')
  assert.equal((await world.guest('POST', '/api/companies', { name: 'Own' }, { cookie: session, origin: world.url })).status, 201)
})

test('sign-in leads only to pages of ours', async () => {
  const password = await resetPassword(world.running.app.db, administrator.email)
  for (const [next, location] of [['https://evil.example/', '/admin/content'], ['//evil.example', '/admin/content'], ['/\\evil.example', '/admin/content'], ['javascript:alert(1)', '/admin/content'], ['/админ?q=ё', '/%D0%B0%D0%B4%D0%BC%D0%B8%D0%BD?q=%D1%91'], ['/a\r\nX: 1', '/aX:%201']]) {
    const form = new URLSearchParams({ email: administrator.email, password, next }).toString()
    const answer = await world.guest('POST', '/admin/login', form, { 'content-type': 'application/x-www-form-urlencoded' })
    assert.equal(answer.headers.get('location'), location, next)
  }
})

test('pages send strangers to sign in and back', async () => {
  const answer = await world.guest('GET', '/admin/content?page=2')
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('location'), '/admin/login?next=%2Fadmin%2Fcontent%3Fpage%3D2')
})
