import type { FramePyramid, ImageBuffer } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { chooseFrameLevel } from './align.ts'
import { BLOCK, BLOCK_PIXELS, RAMP_NORM, VALUES_PER_PIXEL } from './block.ts'
import type { TemplateLevel } from './template.ts'

/** What a level says for a pose, from the detail within its blocks alone. */
export interface Evidence {
  /** Blocks with detail that lie inside the frame, those where the frame is flat (hidden, dark, burnt out) counted in part. */
  seen: number
  /** Mean correlation of their detail: around 0 for a wrong pose, however smooth the picture. */
  mean: number
  /** Mean correlation of all blocks that are not hidden, slopes and all. High by chance now and then, low only for a wrong pose. */
  whole: number
}

/** Detail of sensor noise alone (norm of a block's 64 pixels at σ ≈ 1.5 grey levels after interpolation). */
const NOISE_NORM2 = 12 * 12
/** With less than this share of the contrast that the agreeing blocks have, a block is rather hidden than different. */
const HIDDEN_SHARE = 0.4
const BLOCKS_MAX = 120

/**
 * What `correlate` found in the patch it looked at last: its correlation with the block as it is, its contrast, and that of
 * its detail. */
let wholeCorrelation = 0
let wholeNorm = 0
let detailNorm = 0
const patch = new Float32Array(BLOCK_PIXELS)
const whole = createColumn()
const detail = createColumn()

/**
 * Correlate the detail of the blocks, i.e. what is left of them without mean and slope: two slopes of light agree by chance too
 * often to prove anything, two patterns do not. Where the frame has much less detail than the print would show, something lies
 * upon it, and it says nothing; where it has as much but other detail, it speaks against the pose.
 */
export function weighEvidence(level: TemplateLevel, frame: FramePyramid, pose: Homography, out: Evidence): void {
  const frameLevel = chooseFrameLevel(level, pose)
  const image = frame.getLevel(frameLevel)
  detail.count = 0
  whole.count = 0
  for (let block = 0; block < level.count; block++) {
    if (!samplePatch(level, block, image, 1 / (1 << frameLevel), pose)) continue
    const correlation = correlate(level, block)
    addTo(whole, wholeCorrelation, wholeNorm, level.contrast[block])
    if (level.detailContrast[block] > 0) addTo(detail, correlation, detailNorm, level.detailContrast[block])
  }
  average(whole)
  out.whole = whole.mean
  average(detail)
  out.seen = detail.seen
  out.mean = detail.mean
}

/** Correlations of one kind, with contrasts in the frame and in the template. */
interface Column { count: number; correlations: Float64Array; norms: Float64Array; expected: Float64Array; seen: number; mean: number }

function createColumn(): Column {
  return { count: 0, correlations: new Float64Array(BLOCKS_MAX), norms: new Float64Array(BLOCKS_MAX), expected: new Float64Array(BLOCKS_MAX), seen: 0, mean: 0 }
}

function addTo(column: Column, correlation: number, norm: number, expected: number): void {
  column.correlations[column.count] = correlation
  column.norms[column.count] = norm
  column.expected[column.count++] = expected
}

/** The mean, blocks weighted by whether they show something. */
function average(column: Column): void {
  const { count, correlations, norms, expected } = column
  let gain = 0, gainWeight = 1e-9
  for (let i = 0; i < count; i++) {
    if (correlations[i] <= 0) continue
    const weight = correlations[i] * correlations[i] * correlations[i] * correlations[i]
    gain += weight * norms[i] / expected[i]
    gainWeight += weight
  }
  gain /= gainWeight
  let seen = 0, sum = 0
  for (let i = 0; i < count; i++) {
    const hidden = HIDDEN_SHARE * gain * expected[i], norm2 = norms[i] * norms[i]
    const weight = norm2 / (norm2 + NOISE_NORM2 + hidden * hidden)
    seen += weight
    sum += weight * correlations[i]
  }
  column.seen = seen
  column.mean = seen > 0 ? sum / seen : 0
}

/** The patch's correlation with a block's detail; sets the three above. */
function correlate(level: TemplateLevel, block: number): number {
  const detailBase = block * BLOCK_PIXELS, wholeBase = detailBase * VALUES_PER_PIXEL
  let sum = 0, squares = 0, slopeX = 0, slopeY = 0, product = 0, wholeProduct = 0
  for (let k = 0; k < BLOCK_PIXELS; k++) {
    const value = patch[k]
    sum += value
    squares += value * value
    slopeX += value * ((k & 7) - 3.5)
    slopeY += value * ((k >> 3) - 3.5)
    product += value * level.detail[detailBase + k]
    wholeProduct += value * level.values[wholeBase + k * VALUES_PER_PIXEL]
  }
  const whole2 = Math.max(0, squares - sum * sum / BLOCK_PIXELS)
  const norm2 = Math.max(0, whole2 - (slopeX * slopeX + slopeY * slopeY) / RAMP_NORM)
  wholeNorm = Math.sqrt(whole2)
  detailNorm = Math.sqrt(norm2)
  // One grey level of noise in each pixel is added, so that a flat patch proves nothing.
  wholeCorrelation = wholeProduct / Math.sqrt(whole2 + BLOCK_PIXELS)
  return product / Math.sqrt(norm2 + BLOCK_PIXELS)
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
