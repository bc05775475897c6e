import { shrinkInto, createImageBuffer } from '../image/pyramid.ts'
import type { ImageBuffer } from '../image/pyramid.ts'
import type { GrayImage, Homography } from '../types.ts'
import { BLOCK, BLOCK_PIXELS, extractDetail, VALUES_PER_PIXEL } from './block.ts'

const LEVELS = 4
const BLOCKS_MAX = 120
const MARGIN = 2
/** A block with less contrast (norm of its 64 deviations, grey levels) holds nothing to align by. */
const CONTRAST_MIN = 24
/** Likewise for the detail within it, in verification. */
const DETAIL_MIN = 32

/** One size of the template, cut into the blocks that alignment uses. */
export interface TemplateLevel {
  /** Level pixels per template pixel is 1 / 2^level. */
  level: number
  width: number
  height: number
  count: number
  /** Top left pixel of each block. */
  x: Int16Array
  y: Int16Array
  /** [block][pixel][9] */
  values: Float32Array
  /** Contrast of each block: ‖T − mean‖. */
  contrast: Float32Array
  /** [block][36]: lower triangles of J⊥ᵀJ⊥. */
  hessians: Float32Array
  /** [block][64]: the block without mean and slopes, norm 1; and its contrast, 0 where there is too little of it to prove anything. */
  detail: Float32Array
  detailContrast: Float32Array
  /** Normalised coordinates of a level pixel's edge X: X · step + origin. */
  step: number
  originX: number
  originY: number
}

/**
 * A target as alignment sees it. Poses are taken from *normalised* template coordinates, the photo's centre at (0, 0) and
 * its longer side from −1 to 1, in which all eight parameters have like weight and no level differs from another.
 */
export interface Template {
  levels: TemplateLevel[]
  width: number
  height: number
  /** Unit square to normalised coordinates, and back. */
  toNormalised: Homography
  fromNormalised: Homography
}

export function buildTemplate(image: GrayImage): Template {
  const { width, height } = image
  const half = Math.max(width, height) / 2
  const levels: TemplateLevel[] = []
  let current: ImageBuffer = image
  for (let level = 0; level < LEVELS; level++) {
    if (level > 0) {
      const next = createImageBuffer()
      shrinkInto(current, 2, next)
      current = next
    }
    if (Math.min(current.width, current.height) < BLOCK + 2 * MARGIN) break
    const step = (1 << level) / half
    levels.push(buildLevel(current, level, step, -width / 2 / half, -height / 2 / half))
  }
  return {
    levels, width, height,
    toNormalised: new Float64Array([width / half, 0, -width / 2 / half, 0, height / half, -height / 2 / half, 0, 0, 1]),
    fromNormalised: new Float64Array([half / width, 0, 0.5, 0, half / height, 0.5, 0, 0, 1]),
  }
}

function buildLevel(image: ImageBuffer, level: number, step: number, originX: number, originY: number): TemplateLevel {
  const smooth = smoothImage(image)
  const chosen = chooseBlocks(smooth, image.width, image.height)
  const count = chosen.length
  const out: TemplateLevel = {
    level, width: image.width, height: image.height, count, step, originX, originY,
    x: new Int16Array(count), y: new Int16Array(count), contrast: new Float32Array(count), hessians: new Float32Array(count * 36),
    detail: new Float32Array(count * BLOCK_PIXELS), detailContrast: new Float32Array(count),
    values: new Float32Array(count * BLOCK_PIXELS * VALUES_PER_PIXEL),
  }
  chosen.forEach((block, i) => {
    out.x[i] = block.x
    out.y[i] = block.y
    out.contrast[i] = block.contrast
    fillBlock(smooth, image.width, out, i)
    fillHessian(out, i)
    fillDetail(smooth, image.width, out, i)
  })
  return out
}

/** [1 2 1]² / 16: takes away coding noise and stands for the little blur that every camera has. */
function smoothImage(image: ImageBuffer): Float32Array {
  const { data, width, height } = image
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    const up = Math.max(0, y - 1) * width, at = y * width, down = Math.min(height - 1, y + 1) * width
    for (let x = 0; x < width; x++) {
      const l = Math.max(0, x - 1), r = Math.min(width - 1, x + 1)
      out[at + x] = (data[up + l] + data[up + r] + data[down + l] + data[down + r] +
        2 * (data[up + x] + data[down + x] + data[at + l] + data[at + r]) + 4 * data[at + x]) / 16
    }
  }
  return out
}

interface Block { x: number; y: number; contrast: number; texture: number }

/** Blocks on a grid, the best textured of every region of the photo first. */
function chooseBlocks(smooth: Float32Array, width: number, height: number): Block[] {
  const columns = Math.floor((width - 2 * MARGIN) / BLOCK), rows = Math.floor((height - 2 * MARGIN) / BLOCK)
  const startX = Math.floor((width - columns * BLOCK) / 2), startY = Math.floor((height - rows * BLOCK) / 2)
  const regions: Block[][] = Array.from({ length: 24 }, () => [])
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = measureBlock(smooth, width, startX + column * BLOCK, startY + row * BLOCK)
      if (block.contrast < CONTRAST_MIN) continue
      regions[Math.floor(row * 4 / rows) * 6 + Math.floor(column * 6 / columns)].push(block)
    }
  }
  for (const region of regions) region.sort((a, b) => b.texture - a.texture)
  const chosen: Block[] = []
  for (let rank = 0; chosen.length < BLOCKS_MAX && regions.some(region => rank < region.length); rank++) {
    for (const region of regions) if (rank < region.length && chosen.length < BLOCKS_MAX) chosen.push(region[rank])
  }
  return chosen
}

/** Texture: the smaller eigenvalue of the structure tensor (Shi & Tomasi 1994). */
function measureBlock(smooth: Float32Array, width: number, x0: number, y0: number): Block {
  let sum = 0, squares = 0, xx = 0, xy = 0, yy = 0
  for (let y = y0; y < y0 + BLOCK; y++) {
    for (let x = x0; x < x0 + BLOCK; x++) {
      const at = y * width + x
      const value = smooth[at]
      const gx = smooth[at + 1] - smooth[at - 1], gy = smooth[at + width] - smooth[at - width]
      sum += value
      squares += value * value
      xx += gx * gx
      xy += gx * gy
      yy += gy * gy
    }
  }
  const contrast = Math.sqrt(Math.max(0, squares - sum * sum / BLOCK_PIXELS))
  const texture = (xx + yy - Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)) / 2 + 0.1 * (xx + yy)
  return { x: x0, y: y0, contrast, texture }
}

const rawJacobian = new Float64Array(BLOCK_PIXELS * 8)

/**
 * Template values with mean 0 and norm 1, and steepest-descent images projected so that a change of gain or offset within
 * the block does not show in them: alignment is blind to light (after Baker, Gross, Ishikawa & Matthews 2003, part 3).
 */
function fillBlock(smooth: Float32Array, width: number, level: TemplateLevel, block: number): void {
  const x0 = level.x[block], y0 = level.y[block]
  const norm = 1 / level.contrast[block]
  let mean = 0
  for (let i = 0; i < BLOCK_PIXELS; i++) mean += smooth[(y0 + (i >> 3)) * width + x0 + (i & 7)] / BLOCK_PIXELS
  const base = block * BLOCK_PIXELS * VALUES_PER_PIXEL
  for (let i = 0; i < BLOCK_PIXELS; i++) {
    const x = x0 + (i & 7), y = y0 + (i >> 3)
    const at = y * width + x
    const gx = (smooth[at + 1] - smooth[at - 1]) / 2 / level.step * norm
    const gy = (smooth[at + width] - smooth[at - width]) / 2 / level.step * norm
    const nx = (x + 0.5) * level.step + level.originX, ny = (y + 0.5) * level.step + level.originY
    const radial = gx * nx + gy * ny
    level.values[base + i * VALUES_PER_PIXEL] = (smooth[at] - mean) * norm
    rawJacobian.set([gx * nx, gx * ny, gx, gy * nx, gy * ny, gy, -nx * radial, -ny * radial], i * 8)
  }
  for (let parameter = 0; parameter < 8; parameter++) {
    let sum = 0, along = 0
    for (let i = 0; i < BLOCK_PIXELS; i++) {
      sum += rawJacobian[i * 8 + parameter]
      along += rawJacobian[i * 8 + parameter] * level.values[base + i * VALUES_PER_PIXEL]
    }
    for (let i = 0; i < BLOCK_PIXELS; i++) {
      const to = base + i * VALUES_PER_PIXEL
      level.values[to + 1 + parameter] = rawJacobian[i * 8 + parameter] - sum / BLOCK_PIXELS - along * level.values[to]
    }
  }
}

const blockPixels = new Float64Array(BLOCK_PIXELS)

function fillDetail(smooth: Float32Array, width: number, level: TemplateLevel, block: number): void {
  for (let i = 0; i < BLOCK_PIXELS; i++) blockPixels[i] = smooth[(level.y[block] + (i >> 3)) * width + level.x[block] + (i & 7)]
  const contrast = extractDetail(blockPixels, level.detail, block * BLOCK_PIXELS)
  level.detailContrast[block] = contrast >= DETAIL_MIN ? contrast : 0
}

function fillHessian(level: TemplateLevel, block: number): void {
  const base = block * BLOCK_PIXELS * VALUES_PER_PIXEL + 1
  for (let i = 0, k = block * 36; i < 8; i++) {
    for (let j = 0; j <= i; j++, k++) {
      let sum = 0
      for (let pixel = 0; pixel < BLOCK_PIXELS; pixel++) {
        const at = base + pixel * VALUES_PER_PIXEL
        sum += level.values[at + i] * level.values[at + j]
      }
      level.hessians[k] = sum
    }
  }
}
