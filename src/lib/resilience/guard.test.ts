import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { OutsideTimeoutError, UnavailableError, createGuard } from './guard.ts'
import type { GuardOptions } from './guard.ts'

/** Something outside: answers 200, 404, 500, or nothing at all, as its path says. */
let outside: http.Server
let url: string
let asked = 0
before(async () => {
  outside = http.createServer((request, response) => {
    asked++
    if (request.url === '/hang') return
    response.statusCode = Number(request.url?.slice(1))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(outside, 'listening')
  url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`
})
after(() => {
  outside.closeAllConnections()
  outside.close()
})

class StatusError extends Error {
  readonly status: number
  constructor(status: number) {
    super(`status ${status}`)
    this.status = status
  }
}

const ask = (path: string) => async (signal: AbortSignal) => {
  const { status } = await fetch(`${url}/${path}`, { signal })
  if (status !== 200) throw new StatusError(status)
  return status
}
const create = (options: Partial<GuardOptions> = {}) =>
  createGuard({ name: 'outside', timeoutMs: 200, isFailure: (error) => !(error instanceof StatusError && error.status < 500), retry: { pauseMs: 1 }, ...options })

test('what succeeds is handed on, and an answer that is no failure is not tried again', async () => {
  const guard = create()
  assert.equal(await guard.run(ask('200')), 200)
  asked = 0
  for (let count = 0; count < 10; count++) await assert.rejects(guard.run(ask('404')), { status: 404 })
  assert.equal(asked, 10)
  assert.deepEqual({ ...guard.stats().outcomes, state: guard.stats().state }, { succeeded: 1, answered: 10, failed: 0, timed_out: 0, aborted: 0, rejected: 0, state: 'closed' })
})

test('a failure is tried again, three times in all, unless the call says no', async () => {
  const guard = create({ breaker: { failuresMax: 100 } })
  asked = 0
  await assert.rejects(guard.run(ask('500')), { status: 500 })
  assert.equal(asked, 3)
  await assert.rejects(guard.run(ask('500'), { retry: false }), { status: 500 })
  assert.equal(asked, 4)
  assert.equal(guard.stats().retries, 2)
  let tries = 0
  assert.equal(await guard.run(async (signal) => await ask(++tries === 1 ? '500' : '200')(signal)), 200)
})

test('retries have a budget: what is down gets about a tenth more calls, not three times as many', async () => {
  const guard = create({ breaker: { failuresMax: 10_000 } })
  asked = 0
  for (let count = 0; count < 100; count++) await guard.run(ask('500')).catch(() => {})
  assert.ok(asked >= 110 && asked <= 121, `${asked} calls for 100`)
})

test('pauses before retries are random and grow', async () => {
  const pauses: number[] = []
  let draw = 0
  const guard = create({ breaker: { failuresMax: 100 }, retry: { attemptsMax: 4, pauseMs: 8, pauseMaxMs: 20, random: () => [1, 0, 0.5][draw++ % 3] } })
  let last = performance.now()
  await assert.rejects(guard.run(async () => {
    pauses.push(performance.now() - last)
    last = performance.now()
    throw new Error('no')
  }))
  const [, first, second, third] = pauses
  assert.equal(pauses.length, 4)
  assert.ok(first >= 7 && third >= 9, `${first}, ${second}, ${third}`)
})

test('five failures open it: nothing is asked any more, and the caller is told when to come again', async () => {
  const clock = { ms: 0 }
  const guard = create({ retry: false, breaker: { now: () => clock.ms } })
  for (let count = 0; count < 5; count++) await assert.rejects(guard.run(ask('500')), { status: 500 })
  asked = 0
  await assert.rejects(guard.run(ask('200')), (error) => error instanceof UnavailableError && error.retryAfterMs === 60_000 && error.guard === 'outside')
  assert.equal(asked, 0)
  clock.ms = 60_000
  for (const state of ['half_open', 'half_open', 'closed']) {
    await guard.run(ask('200'))
    assert.equal(guard.stats().state, state)
  }
})

test('what hangs ends in time, also when it does not heed its signal, and counts as a failure', async () => {
  const guard = create({ retry: false, timeoutMs: 50 })
  await assert.rejects(guard.run(ask('hang')), OutsideTimeoutError)
  await assert.rejects(guard.run(async () => await new Promise(() => {})), /outside did not answer within 50 ms/)
  for (let count = 0; count < 3; count++) await guard.run(ask('hang')).catch(() => {})
  const { state, outcomes } = guard.stats()
  assert.deepEqual([state, outcomes.timed_out], ['open', 5])
})

test('a caller that goes away ends the call, and that is nobody’s failure', async () => {
  const guard = create()
  for (let count = 0; count < 10; count++) {
    const leaving = new AbortController()
    const call = guard.run(ask('hang'), { signal: leaving.signal })
    leaving.abort(new Error('left'))
    await assert.rejects(call, /left/)
  }
  const { state, outcomes } = guard.stats()
  assert.deepEqual([state, outcomes.aborted, outcomes.failed], ['closed', 10, 0])
})

test('everybody who observes hears of every attempt', async () => {
  const guard = create({ retry: { attemptsMax: 2, pauseMs: 1 } })
  const heard: string[] = []
  guard.observe((outcome) => heard.push(outcome))
  await guard.run(ask('200'))
  await guard.run(ask('500')).catch(() => {})
  assert.deepEqual(heard, ['succeeded', 'failed', 'failed'])
})
