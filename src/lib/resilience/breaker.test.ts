import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'
import type { Breaker, BreakerState, Permit } from './breaker.ts'

/** One step on a breaker whose clock stands still in between, and the state after it. */
type Step = [event: 'fail' | 'succeed' | 'release' | 'refused' | number | 'probe', state: BreakerState]

const failed = (times: number, last: BreakerState): Step[] => Array.from({ length: times }, (_, index) => ['fail', index === times - 1 ? last : 'closed'])

const cases: Record<string, Step[]> = {
  'four failures leave it closed': failed(4, 'closed'),
  'the fifth opens it, and nothing is let in': [...failed(5, 'open'), ['refused', 'open']],
  'successes in between forgive nothing within the window': [...failed(4, 'closed'), ['succeed', 'closed'], ['fail', 'open']],
  'failures older than the window count no more': [...failed(4, 'closed'), [60_000, 'closed'], ['fail', 'closed'], ['fail', 'closed']],
  'it stays open for 60 seconds': [...failed(5, 'open'), [59_999, 'open'], ['refused', 'open'], [1, 'half_open']],
  'a trial that fails opens it for another 60 seconds': [...failed(5, 'open'), [60_000, 'half_open'], ['fail', 'open'], [59_999, 'open'], [1, 'half_open']],
  'three trials that succeed close it': [...failed(5, 'open'), [60_000, 'half_open'], ['succeed', 'half_open'], ['succeed', 'half_open'], ['succeed', 'closed']],
  'two successes and a failure do not': [...failed(5, 'open'), [60_000, 'half_open'], ['succeed', 'half_open'], ['succeed', 'half_open'], ['fail', 'open']],
  'a trial that told nothing leaves room for the next': [...failed(5, 'open'), [60_000, 'half_open'], ['release', 'half_open'], ['succeed', 'half_open']],
  'after closing it takes five failures again': [...failed(5, 'open'), [60_000, 'half_open'], ['succeed', 'half_open'], ['succeed', 'half_open'], ['succeed', 'closed'], ...failed(5, 'open')],
  'a sign of life from elsewhere lets a trial in at once': [...failed(5, 'open'), ['probe', 'half_open'], ['fail', 'open']],
  'a sign of life means nothing to a closed one': [['fail', 'closed'], ['probe', 'closed'], ...failed(4, 'open')],
}

for (const [name, steps] of Object.entries(cases)) {
  test(name, () => {
    const clock = { ms: 0 }
    const breaker = createBreaker({ now: () => clock.ms })
    for (const [index, [event, state]] of steps.entries()) {
      if (typeof event === 'number') clock.ms += event
      else if (event === 'probe') breaker.probe()
      else if (event === 'refused') assert.equal(breaker.enter(), undefined)
      else enterNow(breaker)[event]()
      assert.equal(breaker.state, state, `after step ${index + 1}, ${event}`)
    }
  })
}

test('half-open lets in one at a time', () => {
  const clock = { ms: 0 }
  const breaker = createBreaker({ now: () => clock.ms })
  for (let count = 0; count < 5; count++) enterNow(breaker).fail()
  clock.ms = 60_000
  const trial = enterNow(breaker)
  assert.equal(breaker.enter(), undefined)
  trial.succeed()
  trial.succeed()
  trial.succeed()
  assert.equal(breaker.state, 'half_open', 'one call counts once')
  enterNow(breaker).succeed()
})

test('what began before it opened says nothing about the time after', () => {
  const clock = { ms: 0 }
  const breaker = createBreaker({ now: () => clock.ms })
  const early = Array.from({ length: 20 }, () => enterNow(breaker))
  for (const permit of early.slice(0, 5)) permit.fail()
  assert.equal(breaker.state, 'open')
  clock.ms = 60_000
  for (const permit of early.slice(5, 12)) permit.succeed()
  for (const permit of early.slice(12)) permit.fail()
  assert.equal(breaker.state, 'half_open')
})

test('whatever happens: never in while open, one in while half-open, open only after five failures within the window', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = mulberry(seed)
    const clock = { ms: 0 }
    const changes: [BreakerState, BreakerState][] = []
    const breaker = createBreaker({ now: () => clock.ms, onChange: (state, previous) => changes.push([previous, state]) })
    const inside: Permit[] = []
    let [failures, openedAt, trials, era] = [[] as number[], 0, 0, 0]
    const born = new Map<Permit, number>()
    for (let step = 0; step < 200; step++) {
      const before = changes.length
      const choice = random()
      if (choice < 0.25) clock.ms += Math.floor(random() * 30_000)
      const state = breaker.state
      if (changes.length > before) era++
      if (choice >= 0.25 && choice < 0.65) {
        const permit = breaker.enter()
        if (state === 'open') assert.equal(permit, undefined)
        if (state === 'closed') assert.notEqual(permit, undefined)
        if (permit !== undefined) {
          inside.push(permit)
          born.set(permit, era)
          if (state === 'half_open') assert.equal(inside.filter((other) => born.get(other) === era).length, 1)
        }
      } else if (choice >= 0.65 && inside.length > 0) {
        const [permit] = inside.splice(Math.floor(random() * inside.length), 1)
        const end = (['fail', 'fail', 'succeed', 'release'] as const)[Math.floor(random() * 4)]
        const counts = born.get(permit) === era
        permit[end]()
        if (counts && end === 'fail' && state === 'closed') failures.push(clock.ms)
        if (counts && end === 'succeed' && state === 'half_open') trials++
        const after = breaker.state
        if (after !== state) {
          era++
          if (after === 'open' && state === 'closed') assert.ok(failures.filter((at) => clock.ms - at < 60_000).length === 5, `seed ${seed}`)
          if (after === 'closed') assert.equal(trials, 3)
          if (after === 'open') openedAt = clock.ms
          failures = []
          trials = 0
        }
      }
      if (state === 'half_open' && changes.length > before && changes.at(-1)?.[0] === 'open') assert.ok(clock.ms - openedAt >= 60_000)
    }
    const allowed = ['closed>open', 'open>half_open', 'half_open>open', 'half_open>closed']
    for (const [from, to] of changes) assert.ok(allowed.includes(`${from}>${to}`), `${from} to ${to}`)
  }
})

function enterNow(breaker: Breaker): Permit {
  const permit = breaker.enter()
  assert.ok(permit !== undefined, 'it lets a call in')
  return permit
}

/** Random numbers that come the same each time (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
