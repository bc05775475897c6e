import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { compile, readTarget } from '../src/index.ts'
import { readSample } from './samples.ts'

let file: Uint8Array

before(async () => {
  file = compile(await readSample('coffee.png'))
})

test('readTarget refuses what is not a target', () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), new TextEncoder().encode('<!doctype html><title>404</title>')]) {
    assert.throws(() => readTarget(bytes), { name: 'TrackerError', code: 'not-a-target' })
  }
})

test('readTarget says when a target is of a newer version', () => {
  const newer = file.slice()
  newer[4] = 200
  assert.throws(() => readTarget(newer), { code: 'newer-version' })
})

test('readTarget refuses a target that was cut off anywhere', () => {
  for (let length = 8; length < file.length; length += 997) {
    assert.throws(() => readTarget(file.subarray(0, length)), { code: 'damaged' }, `cut at ${length}`)
  }
})

test('readTarget refuses a target with one bit changed', () => {
  for (let at = 6; at < file.length; at += 1009) {
    const changed = file.slice()
    changed[at] ^= 4
    assert.throws(() => readTarget(changed), { code: 'damaged' }, `byte ${at}`)
  }
})

test('readTarget reads a target from the middle of a larger buffer', () => {
  const larger = new Uint8Array(file.length + 13)
  larger.set(file, 13)
  assert.equal(readTarget(larger.subarray(13)).keypointCount, readTarget(file).keypointCount)
})
