import type { GrayImage } from '../types.ts'
import { createRandom } from './random.ts'

/**
 * A picture full of detail at every scale that is no photo of ours: noise in octaves under a few hundred hard-edged
 * boxes, so that it offers corners to a detector. The same seed gives the same picture.
 */
export function createTexture(width: number, height: number, seed: number): GrayImage {
  const random = createRandom(seed)
  const grey = new Float32Array(width * height).fill(128)
  for (let cell = 128, amplitude = 40; cell >= 2; cell /= 2, amplitude *= 0.7) addNoise(grey, width, height, cell, amplitude, random.bits())
  const boxes = Math.round(width * height / 2500)
  for (let i = 0; i < boxes; i++) {
    const size = 4 + 60 * random.uniform() ** 3
    const left = Math.floor(random.uniform() * width), top = Math.floor(random.uniform() * height)
    addBox(grey, width, height, left, top, Math.ceil(size * random.between(0.3, 1)), Math.ceil(size), random.between(-60, 60))
  }
  return { data: Uint8Array.from(Uint8ClampedArray.from(grey)), width, height }
}

/** Skin-like: smooth shading without corners, for a hand in front of the photo. */
export function createSmoothTexture(width: number, height: number, seed: number): GrayImage {
  const grey = new Float32Array(width * height).fill(170)
  addNoise(grey, width, height, 64, 35, seed)
  addNoise(grey, width, height, 3, 4, seed + 1)
  return { data: Uint8Array.from(Uint8ClampedArray.from(grey)), width, height }
}

/** Value noise: random heights on a grid of `cell` pixels, smoothly interpolated. */
function addNoise(grey: Float32Array, width: number, height: number, cell: number, amplitude: number, seed: number): void {
  const random = createRandom(seed)
  const columns = Math.ceil(width / cell) + 2, rows = Math.ceil(height / cell) + 2
  const heights = Float32Array.from({ length: columns * rows }, () => random.between(-amplitude, amplitude))
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / cell), fy = smooth(y / cell - row)
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / cell), fx = smooth(x / cell - column)
      const at = row * columns + column
      const upper = heights[at] + (heights[at + 1] - heights[at]) * fx
      const lower = heights[at + columns] + (heights[at + columns + 1] - heights[at + columns]) * fx
      grey[y * width + x] += upper + (lower - upper) * fy
    }
  }
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t)
}

function addBox(grey: Float32Array, width: number, height: number, left: number, top: number, boxWidth: number, boxHeight: number, lift: number): void {
  for (let y = top; y < Math.min(height, top + boxHeight); y++) {
    for (let x = left; x < Math.min(width, left + boxWidth); x++) grey[y * width + x] += lift
  }
}
