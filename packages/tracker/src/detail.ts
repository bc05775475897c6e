import { fitWithin, resizeByArea } from './image/resize.ts'
import type { GrayImage } from './types.ts'

/** Where the detail is: `values[row * columns + column]`, 0 (plain) to 255 (rich), rows from the top. */
export interface DetailGrid {
  columns: number
  rows: number
  values: Uint8Array
}

/** Longer side of the copy that is measured: about what a camera sees of a photo from half a metre. */
const measuredSide = 320
/** Cells along the longer side. */
const cellsAlong = 12
/** Mean corner strength, in grey levels per pixel, that counts as rich. */
const richStrength = 14
/** Longer side of the copy in which repetition is looked for, and how far apart repeats may be, as parts of it. */
const repetitionSide = 96
const shiftMin = 0.08
const shiftMax = 0.4

/**
 * Corner strength per cell: the square root of the smaller eigenvalue of the gradients' structure tensor (Shi & Tomasi
 * 1994) over 5×5 pixels, so that a plain edge, along which a camera can slide, does not count as detail.
 */
export function measureDetail(photo: GrayImage): DetailGrid {
  const small = shrink(photo, measuredSide)
  const { width, height } = small
  const scale = cellsAlong / Math.max(width, height)
  const columns = Math.max(3, Math.round(width * scale))
  const rows = Math.max(3, Math.round(height * scale))
  const sums = new Float64Array(columns * rows)
  const counts = new Uint32Array(columns * rows)
  const { xx, xy, yy } = gradientProducts(small)
  for (let y = 3; y < height - 3; y++) {
    for (let x = 3; x < width - 3; x++) {
      const cell = Math.min(rows - 1, Math.floor((y * rows) / height)) * columns + Math.min(columns - 1, Math.floor((x * columns) / width))
      sums[cell] += cornerStrength(xx, xy, yy, width, x, y)
      counts[cell]++
    }
  }
  return { columns, rows, values: Uint8Array.from(sums, (sum, cell) => Math.min(255, Math.round((255 * sum) / Math.max(1, counts[cell]) / richStrength))) }
}

/**
 * How much the photo looks like itself moved aside: the highest correlation, 0–1, of its gradients with those at a
 * shift that a tracker could mistake for none. A page of text gives 0.6, a portrait 0.2.
 */
export function measureRepetition(photo: GrayImage): number {
  const small = shrink(photo, repetitionSide)
  const { width, height } = small
  const { xx, yy } = gradientProducts(small)
  const strength = Float64Array.from(xx, (value, index) => Math.sqrt(value + yy[index]))
  const longer = Math.max(width, height)
  const nearest = Math.round(shiftMin * longer)
  const furthest = Math.round(shiftMax * longer)
  let highest = 0
  for (let dy = 0; dy <= Math.min(furthest, height >> 1); dy++) {
    for (let dx = -Math.min(furthest, width >> 1); dx <= Math.min(furthest, width >> 1); dx++) {
      if (Math.hypot(dx, dy) >= nearest) highest = Math.max(highest, correlate(strength, width, height, dx, dy))
    }
  }
  return highest
}

function shrink(photo: GrayImage, side: number): GrayImage {
  const size = fitWithin(photo.width, photo.height, side)
  return size.width === photo.width && size.height === photo.height ? photo : resizeByArea(photo, size.width, size.height)
}

/** Products of the central differences, per pixel; the border stays 0. */
function gradientProducts({ data, width, height }: GrayImage): { xx: Float64Array; xy: Float64Array; yy: Float64Array } {
  const xx = new Float64Array(width * height)
  const xy = new Float64Array(width * height)
  const yy = new Float64Array(width * height)
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const gx = (data[at + 1] - data[at - 1]) / 2
      const gy = (data[at + width] - data[at - width]) / 2
      xx[at] = gx * gx
      xy[at] = gx * gy
      yy[at] = gy * gy
    }
  }
  return { xx, xy, yy }
}

function cornerStrength(xx: Float64Array, xy: Float64Array, yy: Float64Array, width: number, x: number, y: number): number {
  let a = 0
  let b = 0
  let c = 0
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      const at = (y + dy) * width + x + dx
      a += xx[at]
      b += xy[at]
      c += yy[at]
    }
  }
  const half = (a + c) / 2
  return Math.sqrt(Math.max(0, half - Math.sqrt(((a - c) / 2) ** 2 + b * b)) / 25)
}

/** Pearson's correlation of the image with itself moved by (dx, dy), over where the two overlap. */
function correlate(values: Float64Array, width: number, height: number, dx: number, dy: number): number {
  let count = 0
  let sumA = 0
  let sumB = 0
  let squaresA = 0
  let squaresB = 0
  let products = 0
  const left = Math.max(0, -dx)
  const right = Math.min(width, width - dx)
  for (let y = 0; y < height - dy; y++) {
    for (let x = left; x < right; x++) {
      const a = values[y * width + x]
      const b = values[(y + dy) * width + x + dx]
      sumA += a
      sumB += b
      squaresA += a * a
      squaresB += b * b
      products += a * b
      count++
    }
  }
  const varianceA = squaresA - (sumA * sumA) / count
  const varianceB = squaresB - (sumB * sumB) / count
  return varianceA <= 0 || varianceB <= 0 ? 0 : (products - (sumA * sumB) / count) / Math.sqrt(varianceA * varianceB)
}
