import { fitPose } from '../detection/fit.ts'
import type { FramePyramid, ImageBuffer } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { chooseFrameLevel } from './align.ts'
import { BLOCK, BLOCK_PIXELS, VALUES_PER_PIXEL } from './block.ts'
import type { TemplateLevel } from './template.ts'

const BLOCKS_MAX = 128
/** How far a block is looked for in each direction, in level pixels. */
const RADIUS = 8
const CORRELATION_MIN = 0.65
const FOUND_MIN = 6
const OUTSIDE = -1

/**
 * Look for each block of a coarse level on its own, in the frame re-warped into the target's view, and fit the pose to where they
 * are found. Slower than alignment but from four times as far, and it does not stop in the first valley.
 */
export class BlockSearch {
  private warped = new Float32Array(0)
  private readonly template = new Float32Array(BLOCK_PIXELS)
  private readonly fromX = new Float64Array(BLOCKS_MAX)
  private readonly fromY = new Float64Array(BLOCKS_MAX)
  private readonly toX = new Float64Array(BLOCKS_MAX)
  private readonly toY = new Float64Array(BLOCKS_MAX)
  private readonly weight = new Float64Array(BLOCKS_MAX)
  private readonly quality = new Float64Array(BLOCKS_MAX)
  private bestDx = 0
  private bestDy = 0

  /** Improve `pose` (normalised template coordinates to frame); false, and `pose` as it was, when too few blocks are found. */
  search(level: TemplateLevel, frame: FramePyramid, pose: Homography): boolean {
    this.warp(level, frame, pose)
    let found = 0
    for (let block = 0; block < level.count && found < BLOCKS_MAX; block++) {
      const correlation = this.findBlock(level, block)
      if (correlation < CORRELATION_MIN) continue
      const centreX = level.x[block] + BLOCK / 2, centreY = level.y[block] + BLOCK / 2
      this.fromX[found] = centreX * level.step + level.originX
      this.fromY[found] = centreY * level.step + level.originY
      const x = (centreX + this.bestDx) * level.step + level.originX, y = (centreY + this.bestDy) * level.step + level.originY
      const w = pose[6] * x + pose[7] * y + pose[8]
      this.toX[found] = (pose[0] * x + pose[1] * y + pose[2]) / w
      this.toY[found] = (pose[3] * x + pose[4] * y + pose[5]) / w
      this.quality[found++] = correlation * correlation
    }
    return found >= FOUND_MIN && this.fit(level, pose, found)
  }

  private warp(level: TemplateLevel, frame: FramePyramid, pose: Homography): void {
    const width = level.width + 2 * RADIUS, height = level.height + 2 * RADIUS
    if (this.warped.length < width * height) this.warped = new Float32Array(width * height)
    const frameLevel = chooseFrameLevel(level, pose)
    const image = frame.getLevel(frameLevel)
    const scale = 1 / (1 << frameLevel)
    for (let row = 0; row < height; row++) {
      const y = (row - RADIUS + 0.5) * level.step + level.originY
      for (let column = 0; column < width; column++) {
        const x = (column - RADIUS + 0.5) * level.step + level.originX
        const w = pose[6] * x + pose[7] * y + pose[8]
        const fx = (pose[0] * x + pose[1] * y + pose[2]) / w * scale - 0.5
        const fy = (pose[3] * x + pose[4] * y + pose[5]) / w * scale - 0.5
        this.warped[row * width + column] = w > 1e-3 ? sample(image, fx, fy) : OUTSIDE
      }
    }
  }

  /** The best correlation of a block around its place; sets bestDx, bestDy. */
  private findBlock(level: TemplateLevel, block: number): number {
    const { template, warped } = this
    const base = block * BLOCK_PIXELS * VALUES_PER_PIXEL
    for (let i = 0; i < BLOCK_PIXELS; i++) template[i] = level.values[base + i * VALUES_PER_PIXEL]
    const width = level.width + 2 * RADIUS
    let best = -1
    for (let dy = 0; dy <= 2 * RADIUS; dy++) {
      for (let dx = 0; dx <= 2 * RADIUS; dx++) {
        const correlation = correlate(template, warped, (level.y[block] + dy) * width + level.x[block] + dx, width)
        if (correlation <= best) continue
        best = correlation
        this.bestDx = dx - RADIUS
        this.bestDy = dy - RADIUS
      }
    }
    return best
  }

  /** Iteratively reweighted: what does not fit the others loses its weight as the tolerance shrinks. */
  private fit(level: TemplateLevel, pose: Homography, found: number): boolean {
    const levelPixel = level.step * Math.sqrt(Math.abs(pose[0] * pose[4] - pose[1] * pose[3]))
    this.weight.set(this.quality)
    let inliers = 0
    for (let tolerance = RADIUS * 1.5; tolerance >= 1.4; tolerance *= 0.65) {
      const limit = tolerance * tolerance * levelPixel * levelPixel
      inliers = 0
      for (let i = 0; i < found; i++) {
        const w = pose[6] * this.fromX[i] + pose[7] * this.fromY[i] + 1
        const dx = (pose[0] * this.fromX[i] + pose[1] * this.fromY[i] + pose[2]) / w - this.toX[i]
        const dy = (pose[3] * this.fromX[i] + pose[4] * this.fromY[i] + pose[5]) / w - this.toY[i]
        const error = (dx * dx + dy * dy) / limit
        this.weight[i] = error < 1 ? this.quality[i] * (1 - error) * (1 - error) : 0
        if (error < 1) inliers++
      }
      if (inliers < FOUND_MIN) return false
      if (!fitPose(this.fromX, this.fromY, this.toX, this.toY, this.weight, found, pose)) return false
    }
    return true
  }
}

/** A bilinear look at array coordinates; negative outside. */
export function sample(image: ImageBuffer, x: number, y: number): number {
  const { data, width, height } = image
  if (!(x >= 0 && y >= 0 && x < width - 1 && y < height - 1)) return OUTSIDE
  const ix = x | 0, iy = y | 0
  const fx = x - ix, fy = y - iy
  const at = iy * width + ix
  const top = data[at] + (data[at + 1] - data[at]) * fx
  return top + (data[at + width] + (data[at + width + 1] - data[at + width]) * fx - top) * fy
}

/** Normalised cross-correlation of a block (mean 0, norm 1) with the 8 × 8 pixels at `at`; −1 where the frame ends. */
export function correlate(template: Float32Array, image: Float32Array, at: number, width: number): number {
  const last = at + 7 * width + 7
  if (image[at] < 0 || image[at + 7] < 0 || image[last] < 0 || image[last - 7] < 0) return -1
  let sum = 0, squares = 0, product = 0
  for (let y = 0, k = 0; y < BLOCK; y++, at += width) {
    for (let x = 0; x < BLOCK; x++, k++) {
      const value = image[at + x]
      sum += value
      squares += value * value
      product += value * template[k]
    }
  }
  const variance = squares - sum * sum / BLOCK_PIXELS
  return variance > 100 ? product / Math.sqrt(variance) : -1
}
