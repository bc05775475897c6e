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
  for (let i = 0; i < newWidth; i++) {
    const from = i * span, to = Math.min(width, from + span)
    for (let k = Math.floor(from); k < Math.min(width, Math.ceil(to)); k++) {
      const weight = (Math.min(to, k + 1) - Math.max(from, k)) / span
      if (weight <= 0) continue
      for (let y = 0; y < height; y++) out[y * newWidth + i] += weight * data[y * width + k]
    }
  }
  return out
}

function transpose(data: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]
  return out
}
