import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killWhileRecording } from '../../test/kills.ts'

test('kill -9 while visits are being recorded loses none that was acknowledged, and the statistics stay exact', async () => {
  const report = await killWhileRecording({ kills: 3, connections: 64, milliseconds: 1000 })
  assert.ok(report.acknowledged > 50, `only ${report.acknowledged} were acknowledged`)
  assert.deepEqual({ lost: report.lost, differences: report.differences }, { lost: 0, differences: 0 })
})
