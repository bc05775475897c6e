import type { GrayImage } from '../types.ts'

/**
 * Near-lossless image coding for the template: median edge prediction, a uniform quantiser on the residual, adaptive
 * Golomb–Rice codes in three contexts of local activity (after Weinberger, Seroussi & Sapiro, "LOCO-I", 2000). About two
 * bits a pixel at an error of ±2 grey levels, which alignment over thousands of pixels does not notice.
 */
const UNARY_MAX = 20
const ESCAPE_BITS = 8
const CONTEXTS = 3

interface Model {
  sum: Int32Array
  count: Int32Array
}

function createModel(): Model {
  return { sum: new Int32Array(CONTEXTS).fill(4), count: new Int32Array(CONTEXTS).fill(2) }
}

function riceParameter(model: Model, context: number): number {
  let k = 0
  while (model.count[context] << k < model.sum[context] && k < 7) k++
  return k
}

function learn(model: Model, context: number, value: number): void {
  model.sum[context] += value
  if (++model.count[context] === 64) {
    model.sum[context] >>= 1
    model.count[context] >>= 1
  }
}

/** Prediction in the low 8 bits, context above: both sides must derive them from already decoded pixels only. */
function predict(data: Uint8Array, width: number, x: number, y: number): number {
  const at = y * width + x
  const left = x > 0 ? data[at - 1] : y > 0 ? data[at - width] : 128
  const above = y > 0 ? data[at - width] : left
  const corner = x > 0 && y > 0 ? data[at - width - 1] : above
  const low = Math.min(left, above)
  const high = Math.max(left, above)
  const prediction = corner >= high ? low : corner <= low ? high : left + above - corner
  const activity = Math.abs(left - corner) + Math.abs(above - corner)
  return prediction | (activity < 8 ? 0 : activity < 24 ? 256 : 512)
}

/** Quantiser steps, odd; the error is at most half a step. */
export const STEP_MIN = 5
export const STEP_MAX = 33

/** `step` goes into the first byte. */
export function encodeImage(image: GrayImage, step: number): Uint8Array {
  const { width, height, data } = image
  const half = (step - 1) / 2
  const decoded = new Uint8Array(width * height)
  const bytes = new Uint8Array(width * height * 4 + 8)
  const model = createModel()
  bytes[0] = step
  let position = 8
  const put = (value: number, bits: number): void => {
    for (let bit = bits - 1; bit >= 0; bit--, position++) if ((value >> bit) & 1) bytes[position >> 3] |= 128 >> (position & 7)
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const guess = predict(decoded, width, x, y)
      const context = guess >> 8
      const residual = data[at] - (guess & 255)
      const level = residual >= 0 ? Math.floor((residual + half) / step) : -Math.floor((half - residual) / step)
      const symbol = level >= 0 ? level * 2 : -level * 2 - 1
      const k = riceParameter(model, context)
      const quotient = symbol >> k
      if (quotient < UNARY_MAX) {
        put((1 << (quotient + 1)) - 2, quotient + 1)
        put(symbol & ((1 << k) - 1), k)
      } else {
        put((1 << UNARY_MAX) - 1, UNARY_MAX)
        put(symbol, ESCAPE_BITS)
      }
      learn(model, context, symbol)
      decoded[at] = clampByte((guess & 255) + level * step)
    }
  }
  return bytes.slice(0, (position + 7) >> 3)
}

/** Undefined when the step is none or the bytes end before the image does. */
export function decodeImage(bytes: Uint8Array, width: number, height: number): GrayImage | undefined {
  const data = new Uint8Array(width * height)
  const model = createModel()
  const bitsTotal = bytes.length * 8
  const step = bytes.length > 0 ? bytes[0] : 0
  if (step < 1 || step > STEP_MAX || !(step & 1)) return undefined
  let position = 8
  const take = (bits: number): number => {
    let value = 0
    for (let bit = 0; bit < bits; bit++, position++) value = value << 1 | (bytes[position >> 3] >> (7 - (position & 7))) & 1
    return value
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (position >= bitsTotal) return undefined
      const guess = predict(data, width, x, y)
      const context = guess >> 8
      const k = riceParameter(model, context)
      let quotient = 0
      while (quotient < UNARY_MAX && take(1) === 1) quotient++
      const symbol = quotient < UNARY_MAX ? quotient << k | take(k) : take(ESCAPE_BITS)
      const level = symbol & 1 ? -((symbol + 1) >> 1) : symbol >> 1
      learn(model, context, symbol)
      data[y * width + x] = clampByte((guess & 255) + level * step)
    }
  }
  return { data, width, height }
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value
}
