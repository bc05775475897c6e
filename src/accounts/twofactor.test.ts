import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hashTestPassword } from '../../test/access.things.ts'
import { createPerson, createStudio } from '../../test/factories.ts'
import type { Person } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { computeCode, encodeBase32, findStep } from './totp.ts'

type Failure = { error: { code: string } }
const password = 'correct-horse-9'

let world: World
let companyId: number
before(async () => {
  world = await startWorld()
  companyId = (await createStudio(world)).companyId
})
after(async () => await world.stop())

test('codes are those of RFC 6238, taken one step early or late and no further', () => {
  const secret = Buffer.from('12345678901234567890')
  // Appendix B gives eight digits; six are their last ones.
  for (const [seconds, code] of [[59, '287082'], [1111111109, '081804'], [1234567890, '005924'], [2000000000, '279037'], [20000000000, '353130']] as const) {
    assert.equal(computeCode(secret, Math.floor(seconds / 30)), code)
    assert.equal(findStep(secret, code, seconds * 1000), Math.floor(seconds / 30))
    assert.equal(findStep(secret, code, (seconds + 30) * 1000), Math.floor(seconds / 30))
    assert.equal(findStep(secret, code, (seconds + 90) * 1000), undefined)
  }
  assert.equal(encodeBase32(secret), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
})

test('set up, asked for at sign-in, no code works twice, recovery codes once each, turned off', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, passwordHash: await hashTestPassword() })
  const { codes, next } = await turnOn(person)
  assert.equal(codes.length, 10)
  const login = async (code?: string) => await world.guest<Failure & { access_token: string }>('POST', '/api/auth/login', { email: person.email, password, code })
  assert.equal((await login()).body.error.code, 'two_factor_required')
  assert.equal((await login('000000')).body.error.code, 'invalid_code')
  const code = next()
  assert.equal((await login(code)).status, 200)
  assert.equal((await login(code)).body.error.code, 'invalid_code', 'the same code again')
  assert.equal((await login(codes[0].toUpperCase().replaceAll('-', ' '))).status, 200, 'a recovery code, as people type it')
  assert.equal((await login(codes[0])).body.error.code, 'invalid_code')
  assert.deepEqual((await person.call('GET', '/api/auth/two-factor')).body, { enabled: true, recovery_codes_left: 9 })
  const fresh = await person.call<{ recovery_codes: string[] }>('POST', '/api/auth/two-factor/recovery-codes', { password })
  assert.equal((await login(codes[1])).status, 401, 'the old ones have ended')
  assert.equal((await login(fresh.body.recovery_codes[1])).status, 200)
  assert.equal((await person.call<Failure>('POST', '/api/auth/two-factor/disable', { password: 'wrong' })).body.error.code, 'wrong_password')
  assert.equal((await person.call('POST', '/api/auth/two-factor/disable', { password })).status, 204)
  assert.equal((await login()).status, 200)
})

test('five wrong codes lock the second step, whatever network they come from', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, passwordHash: await hashTestPassword() })
  const { next } = await turnOn(person)
  const login = async (code: string) => (await world.guest('POST', '/api/auth/login', { email: person.email, password, code })).status
  for (let attempt = 0; attempt < 5; attempt++) assert.equal(await login('000000'), 401)
  assert.equal(await login(next()), 429)
})

test('of two that send the same code at once, one gets in', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, passwordHash: await hashTestPassword() })
  const code = (await turnOn(person)).next()
  const answers = await Promise.all([1, 2, 3].map(async () => (await world.guest('POST', '/api/auth/login', { email: person.email, password, code })).status))
  assert.deepEqual(answers.sort(), [200, 401, 401])
})

test('the secret is kept as it is, recovery codes only as digests', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, passwordHash: await hashTestPassword() })
  const { codes } = await turnOn(person)
  const rows = await world.running.app.db.selectFrom('recoveryCodes').select('sha256').where('userId', '=', person.id).execute()
  assert.equal(rows.length, codes.length)
  assert.ok(rows.every(({ sha256 }) => sha256.length === 32))
})

test('pages ask for the code in a second step, which ends by itself', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, passwordHash: await hashTestPassword() })
  const { next } = await turnOn(person)
  const form = async (path: string, values: Record<string, string>) => await world.guest('POST', path, new URLSearchParams(values).toString(), { 'content-type': 'application/x-www-form-urlencoded' })
  const first = await form('/admin/login', { email: person.email, password, next: '/admin/projects' })
  assert.equal(first.status, 200)
  assert.deepEqual(first.headers.getSetCookie(), [], 'nobody is signed in yet')
  const step = /name="step" value="([^"]+)"/.exec(first.text)![1]
  const wrong = await form('/admin/login/code', { step, code: '000000', next: '/admin/projects' })
  assert.equal(wrong.status, 401)
  assert.match(wrong.text, /name="step"/)
  const right = await form('/admin/login/code', { step, code: next(), next: '/admin/projects' })
  assert.deepEqual([right.status, right.headers.get('location')], [303, '/admin/projects'])
  assert.equal((await form('/admin/login/code', { step, code: next() })).status, 410, 'the step works once')
})

/** `next` gives a code that was not used before. */
async function turnOn(person: Person): Promise<{ codes: string[]; next: () => string }> {
  const setup = await person.call<{ secret: string; uri: string; qr_svg: string }>('POST', '/api/auth/two-factor', { password })
  assert.match(setup.body.uri, /^otpauth:\/\/totp\/ARV/)
  assert.match(setup.body.qr_svg, /^<svg/)
  const secret = decodeBase32(setup.body.secret)
  // One later is taken as well, whether the clock moves on meanwhile or not.
  let step = Math.floor(Date.now() / 30_000)
  const next = () => computeCode(secret, step++)
  const confirmed = await person.call<{ recovery_codes: string[] }>('POST', '/api/auth/two-factor/confirm', { code: next() })
  assert.equal(confirmed.status, 200, confirmed.text)
  return { codes: confirmed.body.recovery_codes, next }
}

function decodeBase32(text: string): Buffer {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
}
