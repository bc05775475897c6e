import type { GrayImage } from '../types.ts'

/** An image halved again and again; every level spans the same unit square, so no level is shifted against another. */
export interface Pyramid {
  levels: { data: Float32Array, width: number, height: number }[]
}

const built = new WeakMap<GrayImage, Pyramid>()

/** The pyramid of an image, built once per image object. Levels end when one side reaches a single pixel. */
export function pyramidOf(image: GrayImage): Pyramid {
  const known = built.get(image)
  if (known) return known
  let level: Pyramid['levels'][number] = { data: Float32Array.from(image.data), width: image.width, height: image.height }
  const levels = [level]
  while (level.width > 1 && level.height > 1) {
    level = halve(level)
    levels.push(level)
  }
  const pyramid = { levels }
  built.set(image, pyramid)
  return pyramid
}

function halve(source: Pyramid['levels'][number]): Pyramid['levels'][number] {
  const width = Math.max(1, source.width >> 1), height = Math.max(1, source.height >> 1)
  const narrow = shrinkRows(source.data, source.width, source.height, width)
  // Columns are shrunk as the rows of the transposed image: one kernel, one set of weights.
  const turned = transpose(narrow, width, source.height)
  const shrunk = shrinkRows(turned, source.height, width, height)
  return { data: transpose(shrunk, height, width), width, height }
}

/** Area average along rows: output pixel i covers [i, i + 1] · width / newWidth of the input, fractions included. */
function shrinkRows(data: Float32Array, width: number, height: number, newWidth: number): Float32Array {
  const out = new Float32Array(newWidth * height)
  const span = width / newWidth
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < newWidth; i++) {
      const from = i * span, to = Math.min(width, from + span)
      let sum = 0
      for (let k = Math.floor(from); k < to; k++) sum += (Math.min(to, k + 1) - Math.max(from, k)) * data[y * width + k]
      out[y * newWidth + i] = sum / span
    }
  }
  return out
}

/** In blocks, so that neither side jumps through memory. */
function transpose(data: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(data.length)
  const block = 32
  for (let top = 0; top < height; top += block) {
    for (let left = 0; left < width; left += block) {
      for (let y = top; y < Math.min(height, top + block); y++) {
        for (let x = left; x < Math.min(width, left + block); x++) out[x * height + y] = data[y * width + x]
      }
    }
  }
  return out
}
