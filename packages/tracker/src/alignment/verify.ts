import type { FramePyramid, ImageBuffer } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { chooseFrameLevel } from './align.ts'
import { BLOCK, BLOCK_PIXELS, RAMP_NORM } from './block.ts'
import type { TemplateLevel } from './template.ts'

/** What a level says for a pose, from the detail within its blocks alone. */
export interface Evidence {
  /** Blocks with detail that lie inside the frame, those where the frame is flat (hidden, dark, burnt out) counted in part. */
  seen: number
  /** Mean correlation of their detail: around 0 for a wrong pose, however smooth the picture. */
  mean: number
}

/** Detail of sensor noise alone (norm of a block's 64 pixels at σ ≈ 1.5 grey levels after interpolation). */
const NOISE_NORM2 = 12 * 12

/** Detail of the patch that `correlateDetail` looked at last: ‖·‖². */
let detailNorm2 = 0
const patch = new Float32Array(BLOCK_PIXELS)

/**
 * Correlate the detail of the blocks, i.e. what is left of them without mean and slope: two slopes of light agree by chance too
 * often to prove anything, two patterns do not.
 */
export function weighEvidence(level: TemplateLevel, frame: FramePyramid, pose: Homography, out: Evidence): void {
  const frameLevel = chooseFrameLevel(level, pose)
  const image = frame.getLevel(frameLevel)
  let seen = 0, sum = 0
  for (let block = 0; block < level.count; block++) {
    if (!level.hasDetail[block] || !samplePatch(level, block, image, 1 / (1 << frameLevel), pose)) continue
    const correlation = correlateDetail(level.detail, block * BLOCK_PIXELS)
    const weight = detailNorm2 / (detailNorm2 + NOISE_NORM2)
    seen += weight
    sum += weight * correlation
  }
  out.seen = seen
  out.mean = seen > 0 ? sum / seen : 0
}

function correlateDetail(detail: Float32Array, base: number): number {
  let sum = 0, squares = 0, slopeX = 0, slopeY = 0, product = 0
  for (let k = 0; k < BLOCK_PIXELS; k++) {
    const value = patch[k]
    sum += value
    squares += value * value
    slopeX += value * ((k & 7) - 3.5)
    slopeY += value * ((k >> 3) - 3.5)
    product += value * detail[base + k]
  }
  detailNorm2 = Math.max(0, squares - sum * sum / BLOCK_PIXELS - (slopeX * slopeX + slopeY * slopeY) / RAMP_NORM)
  // One grey level of noise in each pixel is added, so that a flat patch proves nothing.
  return product / Math.sqrt(detailNorm2 + BLOCK_PIXELS)
}

function samplePatch(level: TemplateLevel, block: number, image: ImageBuffer, scale: number, pose: Homography): boolean {
  const { step } = level
  const { data, width } = image
  const limitX = width - 1.01, limitY = image.height - 1.01
  for (let j = 0, k = 0; j < BLOCK; j++) {
    const ny = (level.y[block] + j + 0.5) * step + level.originY
    for (let i = 0; i < BLOCK; i++, k++) {
      const nx = (level.x[block] + i + 0.5) * step + level.originX
      const w = pose[6] * nx + pose[7] * ny + pose[8]
      if (!(w > 1e-3)) return false
      const x = (pose[0] * nx + pose[1] * ny + pose[2]) / w * scale - 0.5
      const y = (pose[3] * nx + pose[4] * ny + pose[5]) / w * scale - 0.5
      if (!(x >= 0 && y >= 0 && x <= limitX && y <= limitY)) return false
      const ix = x | 0, iy = y | 0
      const fx = x - ix, fy = y - iy
      const at = iy * width + ix
      const top = data[at] + (data[at + 1] - data[at]) * fx
      patch[k] = top + (data[at + width] + (data[at + width + 1] - data[at + width]) * fx - top) * fy
    }
  }
  return true
}
