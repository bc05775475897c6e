import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, readTarget } from '../src/index.ts'
import type { GrayImage } from '../src/index.ts'
import { PHOTOS, readSample } from './samples.ts'

const FILE_BYTES_MAX = 60_000

function plain(width: number, height: number, level: number): GrayImage {
  return { data: new Uint8Array(width * height).fill(level), width, height }
}

test('compile gives a target of at most 60 KB that knows the photo’s size', async () => {
  for (const name of [...PHOTOS, 'grass.png', 'gravel.png']) {
    const photo = await readSample(name)
    const bytes = compile(photo)
    const target = readTarget(bytes)
    assert.ok(bytes.length <= FILE_BYTES_MAX, `${name}: ${bytes.length} bytes`)
    assert.deepEqual([target.width, target.height], [photo.width, photo.height])
    assert.ok(target.keypointCount > 300, `${name}: ${target.keypointCount} keypoints`)
  }
})

test('compile gives the same bytes for the same photo, whatever was compiled between', async () => {
  const coffee = await readSample('coffee.png')
  const first = compile(coffee)
  compile(await readSample('page.png'))
  assert.deepEqual(compile(coffee), first)
})

test('compile tells its progress up to 1', async () => {
  const seen: number[] = []
  compile(await readSample('page.png'), { onProgress: fraction => seen.push(fraction) })
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b))
  assert.equal(seen.at(-1), 1)
})

test('compile refuses a photo without texture', () => {
  for (const level of [0, 128, 255]) {
    assert.throws(() => compile(plain(300, 200, level)), { code: 'no-texture' })
  }
  const gradient = plain(300, 200, 0)
  for (let i = 0; i < gradient.data.length; i++) gradient.data[i] = (i % 300) * 0.8
  assert.throws(() => compile(gradient), { code: 'no-texture' })
})

test('compile refuses a photo that is too small or not an image', () => {
  assert.throws(() => compile(plain(99, 400, 9)), { code: 'too-small' })
  assert.throws(() => compile(plain(400, 99, 9)), { code: 'too-small' })
  assert.throws(() => compile({ data: new Uint8Array(7), width: 200, height: 200 }), { code: 'bad-image' })
  assert.throws(() => compile({ data: new Uint8Array(0), width: 0, height: 0 }), { code: 'bad-image' })
  assert.throws(() => compile({ data: new Uint8Array(40000), width: 200.5, height: 200 }), { code: 'bad-image' })
  assert.throws(() => compile({ data: new Uint8Array(40000), width: NaN, height: 200 }), { code: 'bad-image' })
})
