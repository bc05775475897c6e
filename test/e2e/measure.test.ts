import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureCorners, quarterColours } from './measure.ts'
import type { Pixels, Point } from './measure.ts'

const corners: Point[] = [[65.3, 42.8], [235.6, 60.2], [220.1, 190.7], [60.9, 170.4]]

test('the meter reads corners of a drawn video to a tenth of a pixel, wherever it is told to expect them', () => {
  const pixels = drawQuarters(corners)
  for (const [dx, dy] of [[0, 0], [5, -3], [-8, 6]]) {
    const measured = measureCorners(pixels, corners.map(([x, y]): Point => [x + dx, y + dy]))
    assert.ok(measured)
    measured.forEach(([x, y], index) => assert.ok(Math.hypot(x - corners[index][0], y - corners[index][1]) < 0.15, `corner ${index} read at ${x}, ${y}`))
  }
})

test('the meter sees that a video is not there, or is turned', () => {
  const empty: Pixels = { data: new Uint8Array(320 * 240 * 4).fill(120), width: 320, height: 240 }
  assert.equal(measureCorners(empty, corners), undefined)
  assert.equal(measureCorners(drawQuarters([...corners.slice(1), corners[0]]), corners), undefined)
})

/** A quadrilateral in four colours on grey noise, each pixel the mean of 5 × 5 samples. */
function drawQuarters(quad: Point[]): Pixels {
  const [width, height] = [320, 240]
  const data = new Uint8Array(width * height * 4)
  const centre: Point = [quad.reduce((sum, [x]) => sum + x, 0) / 4, quad.reduce((sum, [, y]) => sum + y, 0) / 4]
  const middles = quad.map(([x, y], index): Point => [(x + quad[(index + 1) % 4][0]) / 2, (y + quad[(index + 1) % 4][1]) / 2])
  const quarters = quad.map((corner, index) => [corner, middles[index], centre, middles[(index + 3) % 4]])
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const gray = 60 + ((x * 7919 + y * 104729) % 90)
      const sum = [0, 0, 0]
      for (let sample = 0; sample < 25; sample++) {
        const point: Point = [x + ((sample % 5) + 0.5) / 5, y + (Math.floor(sample / 5) + 0.5) / 5]
        const quarter = quarters.findIndex((polygon) => contains(polygon, point))
        sum.forEach((_, channel) => { sum[channel] += quarter < 0 ? gray : quarterColours[quarter][channel] })
      }
      sum.forEach((value, channel) => { data[4 * (y * width + x) + channel] = value / 25 })
    }
  }
  return { data, width, height }
}

function contains(polygon: readonly Point[], [x, y]: Point): boolean {
  return polygon.every(([ax, ay], index) => {
    const [bx, by] = polygon[(index + 1) % polygon.length]
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0
  })
}
