import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contrast, isColour, standOut, textOn } from './colour.ts'

test('contrast is that of WCAG', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21)
  assert.equal(contrast('#777777', '#777777'), 1)
  assert.ok(Math.abs(contrast('#767676', '#ffffff') - 4.54) < 0.01, 'the lightest grey that passes on white')
})

test('whatever the colour, words on it can be read and it stands out from the ground', () => {
  for (let red = 0; red < 256; red += 51) {
    for (let green = 0; green < 256; green += 51) {
      for (let blue = 0; blue < 256; blue += 51) {
        const colour = `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`
        for (const ground of ['#0e0f12', '#ffffff']) {
          const shown = standOut(colour, ground)
          assert.ok(isColour(shown) && contrast(shown, ground) >= 3, `${colour} on ${ground}: ${shown}`)
          assert.ok(contrast(textOn(shown), shown) >= 4.2, `words on ${shown}`)
        }
      }
    }
  }
  assert.equal(standOut('#3fd0a0', '#0e0f12'), '#3fd0a0', 'one that is fine stays')
})
