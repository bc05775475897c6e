import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, readTarget, score } from '../src/index.ts'
import { resizeByArea } from '../src/image/resize.ts'
import type { GrayImage } from '../src/types.ts'
import { readSample } from './samples.ts'

const judge = (photo: GrayImage) => score(photo, readTarget(compile(photo)))

test('a good portrait scores high and locks from afar, at an angle and in dim light', async () => {
  const { score: points, conditions, advice } = judge(await readSample('astronaut.png'))
  assert.ok(points >= 80, `${points}`)
  assert.ok(conditions.widthMin <= 0.12 && conditions.tiltMaxDegrees >= 60 && conditions.lightMin <= 0.2, JSON.stringify(conditions))
  assert.deepEqual(advice, [])
})

test('a page of text scores lower than a picture, and the advice says why', async () => {
  const { score: points, advice } = judge(await readSample('page.png'))
  assert.ok(points < 75, `${points}`)
  assert.ok(advice.includes('repetitive'), advice.join())
})

test('a photo that lost its contrast and detail is told so', async () => {
  const clear = await readSample('chelsea.png')
  const small = resizeByArea(clear, clear.width >> 3, clear.height >> 3)
  const data = new Uint8Array(clear.width * clear.height)
  for (let y = 0; y < clear.height; y++) {
    for (let x = 0; x < clear.width; x++) data[y * clear.width + x] = 110 + (small.data[Math.min(small.height - 1, y >> 3) * small.width + Math.min(small.width - 1, x >> 3)] >> 3)
  }
  const faded = judge({ ...clear, data })
  assert.ok(faded.advice.includes('low-contrast'), faded.advice.join())
  assert.ok(faded.score < judge(clear).score)
})

test('the grid shows where the detail is', async () => {
  const photo = await readSample('coffee.png')
  const data = Uint8Array.from(photo.data, (value, index) => (index >= photo.data.length / 2 ? 128 : value))
  const { grid } = judge({ ...photo, data })
  const half = grid.values.length / 2
  const sum = (values: Uint8Array) => values.reduce((total, value) => total + value, 0)
  assert.equal(grid.columns * grid.rows, grid.values.length)
  assert.ok(sum(grid.values.slice(0, half)) > 10 * sum(grid.values.slice(half + grid.columns)))
})

test('judging twice gives the same', async () => {
  const photo = await readSample('rocket.jpg')
  assert.deepEqual(judge(photo), judge(photo))
})
