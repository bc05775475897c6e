import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crashRepeatedly } from './crash.ts'

test('after five kills in the middle of compiling and encoding, every acknowledged upload is ready, once, and nothing is left over', async (context) => {
  const report = await crashRepeatedly({ kills: 5, seed: 1, onKill: (line) => context.diagnostic(line) })
  context.diagnostic(JSON.stringify(report))
  assert.deepEqual(report.problems, [])
  assert.ok(report.acknowledged >= report.kills, 'too few uploads were acknowledged to show anything')
  assert.ok(report.killsWithJobs > 0, 'no kill met a job')
})
