import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hashTestPassword } from '../../test/access.things.ts'
import { createPerson, createStudio, waitFor } from '../../test/factories.ts'
import { openMailbox, openSilence } from '../../test/mailbox.ts'
import type { Mailbox } from '../../test/mailbox.ts'
import { createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { createMailer, MailError } from '../lib/mail.ts'
import { digestToken } from './secrets.ts'

type Failure = { error: { code: string } }
interface Mails {
  items: { kind: string; recipient: string; status: string; failures: number; problem: string | null }[]
}
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const message = { to: 'ada@light.example', subject: 'Subject', text: 'Text', html: '<p>Text</p>' }

let mailbox: Mailbox
let world: World
let companyId: number
before(async () => {
  mailbox = await openMailbox()
  world = await startWorld({ SMTP_URL: mailbox.url, MAIL_FROM: 'Photos <photos@light.example>' })
  companyId = (await createStudio(world, 'Light "& <Shadow>')).companyId
})
after(async () => {
  await world.stop()
  await mailbox.close()
})

const mailTo = async (recipient: string) => (await world.admin<Mails>('GET', '/api/ops/mails')).body.items.find((mail) => mail.recipient === recipient)
const tokenOf = (link: string) => new URL(link).searchParams.get('token')!

test('an invitation goes out by e-mail in its language, and its link works', async () => {
  const invited = await world.admin<{ link: string | null }>('POST', '/api/invitations', { company_id: companyId, email: 'new@light.example', role: 'editor', language: 'ru' })
  assert.equal(invited.body.link, null)
  const letter = await mailbox.letterTo('new@light.example')
  assert.equal(letter.from, 'photos@light.example')
  assert.match(letter.text, /Приглашение в Light "& <Shadow>/, 'subject and plain text as they are')
  assert.match(letter.text, /Light &quot;&amp; &lt;Shadow&gt; в ARV/, 'HTML escaped')
  const joined = await world.guest('POST', '/api/auth/invitations/accept', { token: tokenOf(await mailbox.linkTo('new@light.example')), name: 'Ed', password: 'long enough 1' })
  assert.equal(joined.status, 201)
})

test('a forgotten password: the same answer for anybody, a link for whom it concerns, which works once and ends sessions', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, email: 'forgets@light.example', passwordHash: await hashTestPassword() })
  const ask = async (email: string) => await world.guest('POST', '/api/auth/password-reset', { email })
  const [known, unknown] = [await ask(person.email), await ask('nobody@light.example')]
  assert.deepEqual([known.status, known.body], [unknown.status, unknown.body])
  const link = await mailbox.linkTo(person.email)
  assert.equal((await world.guest('GET', link.replace(/^https?:\/\/[^/]+/, ''))).status, 200)
  const confirm = async (token: string, password = 'brand new horse') => await world.guest<Failure>('POST', '/api/auth/password-reset/confirm', { token, password })
  assert.equal((await confirm(tokenOf(link), 'short')).status, 400)
  const both = await Promise.all([confirm(tokenOf(link)), confirm(tokenOf(link))])
  assert.deepEqual(both.map(({ status }) => status).sort(), [204, 410], 'of two at once, one')
  assert.equal((await confirm(tokenOf(link))).body.error.code, 'link_ended', 'the second time')
  assert.equal((await confirm('x'.repeat(43))).body.error.code, 'link_ended', 'a forged one')
  assert.equal((await person.call('GET', '/api/auth/me')).status, 401)
  assert.equal((await world.guest('POST', '/api/auth/login', { email: person.email, password: 'brand new horse' })).status, 200)
  assert.ok(!mailbox.letters.some((letter) => letter.to === 'nobody@light.example'))
})

test('a link that has ended, and one that a newer one replaced, open nothing; asking has its limit for any e-mail', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, email: 'slow@light.example' })
  const ask = async () => (await world.guest('POST', '/admin/forgot', `email=${encodeURIComponent(person.email)}`, form)).status
  const statuses = [await ask()]
  const first = await mailbox.linkTo(person.email)
  const before = mailbox.letters.length
  statuses.push(await ask())
  await waitFor('the second letter', () => Promise.resolve(mailbox.letters.length), (count) => count > before)
  const second = await mailbox.linkTo(person.email)
  statuses.push(await ask(), await ask())
  assert.deepEqual(statuses, [200, 200, 200, 429])
  assert.equal((await world.guest('GET', first.replace(/^https?:\/\/[^/]+/, ''))).status, 410)
  await world.running.app.db.updateTable('accountLinks').set({ expiresAt: new Date(Date.now() - 1000) }).where('userId', '=', person.id).execute()
  assert.equal((await world.guest('POST', '/admin/reset', new URLSearchParams({ token: tokenOf(second), password: 'brand new horse' }).toString(), form)).status, 410)
  const unknown = []
  for (let attempt = 0; attempt < 4; attempt++) unknown.push((await world.guest('POST', '/api/auth/password-reset', { email: 'stranger@light.example' })).status)
  assert.deepEqual(unknown, [202, 202, 202, 429])
})

test('a new e-mail counts once its link was confirmed; an address that is taken is not given away', async () => {
  const person = await createPerson(world, { role: 'editor', companyId, email: 'old@light.example', passwordHash: await hashTestPassword() })
  const taken = await createPerson(world, { role: 'editor', companyId, email: 'taken@light.example' })
  const change = async (email: string) => await person.call('POST', '/api/auth/email', { email, password: 'correct-horse-9' })
  assert.deepEqual((await change('fresh@light.example')).body, { changed: false })
  assert.deepEqual((await change(taken.email)).body, { changed: false })
  assert.match((await mailbox.letterTo(taken.email)).text, /You have an account with it already/)
  const link = await mailbox.linkTo('fresh@light.example')
  assert.equal((await world.guest('GET', link.replace(/^https?:\/\/[^/]+/, ''))).status, 200)
  assert.equal((await person.call<{ email: string }>('GET', '/api/auth/me')).body.email, 'old@light.example', 'opening the link changes nothing yet')
  assert.equal((await world.guest('POST', '/admin/email', `token=${tokenOf(link)}`, form)).status, 200)
  assert.equal((await person.call<{ email: string }>('GET', '/api/auth/me')).body.email, 'fresh@light.example')
  assert.equal((await world.guest('POST', '/admin/email', `token=${tokenOf(link)}`, form)).status, 410)
})

test('what a mail server refuses for now is tried again, with its words shown until it goes out', async () => {
  mailbox.refuse = { code: 451, times: 1, at: 'data' }
  await world.admin('POST', '/api/invitations', { company_id: companyId, email: 'later@light.example', role: 'viewer' })
  const waiting = await waitFor('the refusal', () => mailTo('later@light.example'), (mail) => mail !== undefined && mail.failures > 0)
  assert.equal(waiting?.status, 'waiting')
  assert.match(waiting?.problem ?? '', /mailbox says no/)
  assert.match((await world.admin('GET', '/admin/people')).text, /tried again: .*mailbox says no/)
  await mailbox.letterTo('later@light.example')
  const sent = await waitFor('its end', () => mailTo('later@light.example'), (mail) => mail?.status === 'sent')
  assert.equal(sent?.problem, null)
  assert.equal((await world.guest('GET', (await mailbox.linkTo('later@light.example')).replace(/^https?:\/\/[^/]+/, ''))).status, 200)
})

test('what it refuses for good is given up at once, and administrators see why', async () => {
  mailbox.refuse = { code: 550, times: 1, at: 'recipient' }
  await world.admin('POST', '/api/invitations', { company_id: companyId, email: 'nowhere@light.example', role: 'viewer' })
  const failed = await waitFor('the end', () => mailTo('nowhere@light.example'), (mail) => mail?.status === 'failed')
  assert.equal(failed?.failures, 1)
  const page = await world.admin('GET', '/admin/mails')
  assert.match(page.text, /nowhere@light\.example/)
  assert.match(page.text, /mailbox says no/)
})

test('the test button sends the administrator a mail', async () => {
  assert.equal((await world.admin('POST', '/admin/mails/test')).status, 303)
  assert.match((await mailbox.letterTo('ada@example.com')).text, /the mail server works/)
})

test('a mail server that says nothing is given up in time, and nobody waits for it', async () => {
  const silence = await openSilence()
  try {
    const mailer = createMailer({ url: silence.url, from: 'a@light.example', timeoutMs: 200 })
    await assert.rejects(mailer.send(message), (error: unknown) => error instanceof MailError && !error.isPermanent)
    const beside = await startWorld({ SMTP_URL: silence.url, MAIL_FROM: 'a@light.example' })
    try {
      const invited = await beside.admin<{ link: null }>('POST', '/api/invitations', { email: 'waits@light.example', role: 'admin' })
      assert.deepEqual([invited.status, invited.body.link], [201, null], 'the answer does not wait for the mail')
      const mails = await beside.admin<Mails>('GET', '/api/ops/mails')
      assert.equal(mails.status, 200, mails.text)
      assert.equal(mails.body.items[0].status, 'waiting')
    } finally {
      await beside.stop()
    }
  } finally {
    silence.close()
  }
})

test('a mail server that is not there, and none at all', async () => {
  await assert.rejects(createMailer({ url: 'smtp://127.0.0.1:1', from: 'a@light.example' }).send(message), (error: unknown) => error instanceof MailError && !error.isPermanent)
  const none = createMailer({ url: undefined, from: 'a@light.example' })
  assert.equal(none.isConfigured, false)
  await assert.rejects(none.send(message), (error: unknown) => error instanceof MailError && error.isPermanent)
})

test('no link is kept that could be used: digests only', async () => {
  await world.admin('POST', '/api/invitations', { company_id: companyId, email: 'digest@light.example', role: 'viewer' })
  const token = tokenOf(await mailbox.linkTo('digest@light.example'))
  const row = await world.running.app.db.selectFrom('invitations').select('sha256').where('email', '=', 'digest@light.example').executeTakeFirstOrThrow()
  assert.deepEqual(Buffer.from(row.sha256!), Buffer.from(digestToken(token)))
  const { rows } = await (await import('../lib/db/db.ts')).sql<{ payload: string }>`select payload::text as payload from graphile_worker._private_jobs`.execute(world.running.app.db)
  assert.ok(rows.every(({ payload }) => !payload.includes(token)))
  assert.equal((await createCall(world.url)('GET', `/admin/join?token=${token}`)).status, 200)
})
