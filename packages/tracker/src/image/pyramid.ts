import type { GrayImage } from '../types.ts'

/** A grey image whose buffer may be larger than width × height, so that it can be reused for frames of any size. */
export interface ImageBuffer {
  data: Uint8Array
  width: number
  height: number
}

export function createImageBuffer(): ImageBuffer {
  return { data: new Uint8Array(0), width: 0, height: 0 }
}

function fit(out: ImageBuffer, width: number, height: number): void {
  if (out.data.length < width * height) out.data = new Uint8Array(width * height)
  out.width = width
  out.height = height
}

/** Mean of factor × factor pixels; a rest at the right and bottom is left out, so x_out = x_in / factor exactly. */
export function shrinkInto(image: ImageBuffer, factor: number, out: ImageBuffer): void {
  const width = Math.floor(image.width / factor)
  const height = Math.floor(image.height / factor)
  fit(out, width, height)
  if (factor === 2) return halve(image.data, image.width, out.data, width, height)
  const area = factor * factor
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = area >> 1
      for (let j = 0; j < factor; j++) {
        const row = (y * factor + j) * image.width + x * factor
        for (let i = 0; i < factor; i++) sum += image.data[row + i]
      }
      out.data[y * width + x] = sum / area
    }
  }
}

function halve(source: Uint8Array, stride: number, out: Uint8Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    let top = 2 * y * stride
    let bottom = top + stride
    let to = y * width
    for (const end = to + width; to < end; to++) {
      out[to] = (source[top] + source[top + 1] + source[bottom] + source[bottom + 1] + 2) >> 2
      top += 2
      bottom += 2
    }
  }
}

/** Enlarge by √2 with bilinear interpolation: x_out = x_in · 362/256 exactly. */
export function enlargeByRootTwo(image: ImageBuffer, out: ImageBuffer): void {
  const width = Math.floor(image.width * 362 / 256)
  const height = Math.floor(image.height * 362 / 256)
  fit(out, width, height)
  const { data, width: stride } = image
  const step = 65_536 * 256 / 362
  const start = step / 2 - 32_768
  for (let y = 0; y < height; y++) {
    const sourceY = Math.max(0, Math.min((image.height - 1) * 65_536 - 1, Math.floor(y * step + start)))
    const base = (sourceY >> 16) * stride
    const fy = (sourceY >> 8) & 255
    for (let x = 0; x < width; x++) {
      const sourceX = Math.max(0, Math.min((image.width - 1) * 65_536 - 1, Math.floor(x * step + start)))
      const fx = (sourceX >> 8) & 255
      const at = base + (sourceX >> 16)
      const top = data[at] * (256 - fx) + data[at + 1] * fx
      const bottom = data[at + stride] * (256 - fx) + data[at + stride + 1] * fx
      out.data[y * width + x] = (top * (256 - fy) + bottom * fy + 32768) >> 16
    }
  }
}

/** Shrink by √2 with bilinear interpolation in 8.8 fixed point; x_out = x_in / √2 within 1/256 px. */
export function shrinkByRootTwo(image: ImageBuffer, out: ImageBuffer): void {
  const width = Math.floor((image.width * 181) / 256)
  const height = Math.floor((image.height * 181) / 256)
  fit(out, width, height)
  const { data, width: stride } = image
  const lastX = image.width - 2
  const lastY = image.height - 2
  for (let y = 0; y < height; y++) {
    const sourceY = y * 362 + 53
    let row = sourceY >> 8
    let fy = sourceY & 255
    if (row > lastY) { row = lastY; fy = 255 }
    const base = row * stride
    for (let x = 0; x < width; x++) {
      const sourceX = x * 362 + 53
      let column = sourceX >> 8
      let fx = sourceX & 255
      if (column > lastX) { column = lastX; fx = 255 }
      const at = base + column
      const top = data[at] * (256 - fx) + data[at + 1] * fx
      const bottom = data[at + stride] * (256 - fx) + data[at + stride + 1] * fx
      out.data[y * width + x] = (top * (256 - fy) + bottom * fy + 32768) >> 16
    }
  }
}

/** The frame and its successive halves, computed when first asked for. */
export class FramePyramid {
  private readonly levels: ImageBuffer[] = [createImageBuffer(), createImageBuffer(), createImageBuffer(), createImageBuffer()]
  private ready = 0

  setFrame(frame: GrayImage): void {
    const base = this.levels[0]
    base.data = frame.data
    base.width = frame.width
    base.height = frame.height
    this.ready = 1
  }

  /** Level n is 2ⁿ times smaller; there are 4. */
  getLevel(level: number): ImageBuffer {
    for (; this.ready <= level; this.ready++) shrinkInto(this.levels[this.ready - 1], 2, this.levels[this.ready])
    return this.levels[level]
  }
}
