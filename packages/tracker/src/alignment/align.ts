import { solveFactored, solveSymmetric } from '../geometry/solve.ts'
import { ShapePrior } from '../geometry/plausible.ts'
import { invert, multiply, normalise } from '../geometry/homography.ts'
import type { FramePyramid, ImageBuffer } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { BLOCK, BLOCK_PIXELS, VALUES_PER_PIXEL } from './block.ts'
import type { TemplateLevel } from './template.ts'

/** How the blocks of a level agree with the frame under a pose. */
export interface Agreement {
  /** Blocks that lie inside the frame. */
  seen: number
  /** Of these, blocks whose normalised cross-correlation is at least AGREE_MIN. */
  agreeing: number
  /** Mean correlation over the seen blocks, negative ones counted as 0. */
  mean: number
  /** Mean over the agreeing ones. */
  meanAgreeing: number
}

export const AGREE_MIN = 0.6
const PARAMETERS = 8
const BLOCKS_LIMIT = 120
/** A typical focal length as a share of the frame's longer side, times how much a print typically leans. */
const PERSPECTIVE_FOCAL = 1
/** Sensor noise: a block's contrast below this (norm of 64 deviations) counts for less. */
const NOISE_NORM = 24

/**
 * Gauss–Newton alignment of template blocks to a frame: inverse compositional (Baker & Matthews 2004), each block with its own
 * gain and offset, weighted by how well it correlates, so that a hand, a highlight or a shadow loses its say.
 */
export class Aligner {
  readonly agreement: Agreement = { seen: 0, agreeing: 0, mean: 0, meanAgreeing: 0 }
  private readonly hessian = new Float64Array(PARAMETERS * PARAMETERS)
  private readonly gradient = new Float64Array(PARAMETERS)
  private readonly moments = new Float64Array(PARAMETERS + 3)
  /** Of every block seen: its sums, its contrast in the frame, its correlation and its gain over the template's contrast. */
  private readonly sums = new Float64Array(BLOCKS_LIMIT * PARAMETERS)
  private readonly blocks = new Int32Array(BLOCKS_LIMIT)
  private readonly norms = new Float64Array(BLOCKS_LIMIT)
  private readonly correlations = new Float64Array(BLOCKS_LIMIT)
  private readonly gains = new Float64Array(BLOCKS_LIMIT)
  private readonly shape = new ShapePrior()
  private readonly best = new Float64Array(9)
  /** How well the blocks agreed when last looked at, 0–1; the better ones count for most. */
  score = 0
  private readonly update = new Float64Array(9)
  private readonly direction = new Float64Array(PARAMETERS)
  private readonly along = new Float64Array(PARAMETERS)
  private residual = 0

  /**
   * Improve `pose` (normalised template coordinates to frame pixels) in at most `iterations` steps; stops when no point moves by
   * more than `stopPx`. Returns false when the blocks do not determine a pose.
   */
  align(level: TemplateLevel, frame: FramePyramid, pose: Homography, iterations: number, stopPx: number): boolean {
    let bestScore = 0
    for (let i = 0; i < iterations; i++) {
      if (!this.accumulate(level, frame, pose, true)) return false
      // A step may lead downhill; one that leads away is taken back.
      if (this.score < 0.9 * bestScore) {
        pose.set(this.best)
        this.accumulate(level, frame, pose, true)
        this.prepare(frame, pose)
        return this.solve()
      }
      if (this.score > bestScore) {
        bestScore = this.score
        this.best.set(pose)
      }
      this.prepare(frame, pose)
      const moved = this.step(pose)
      if (moved < 0) return false
      if (moved < stopPx) break
    }
    return true
  }

  /** Fill `agreement` for a pose without changing it. */
  measure(level: TemplateLevel, frame: FramePyramid, pose: Homography): Agreement {
    this.accumulate(level, frame, pose, false)
    return this.agreement
  }

  /**
   * How far the photo's corners may be off after `align`, in frame pixels: the largest standard deviation that the agreeing blocks
   * leave to any of them. Corners far from all that agrees are guesses; this says so.
   */
  uncertaintyPx(pose: Homography, cornerX: number, cornerY: number): number {
    const { hessian, direction, along } = this
    let worst = 0
    for (let corner = 0; corner < 4; corner++) {
      const x = corner & 1 ? cornerX : -cornerX, y = corner >> 1 ? cornerY : -cornerY
      const w = pose[6] * x + pose[7] * y + 1
      const fx = (pose[0] * x + pose[1] * y + pose[2]) / w, fy = (pose[3] * x + pose[4] * y + pose[5]) / w
      for (let axis = 0; axis < 2; axis++) {
        const f = axis === 0 ? fx : fy, row = axis * 3
        const dx = (pose[row] - f * pose[6]) / w, dy = (pose[row + 1] - f * pose[7]) / w
        direction[0] = dx * x
        direction[1] = dx * y
        direction[2] = dx
        direction[3] = dy * x
        direction[4] = dy * y
        direction[5] = dy
        direction[6] = -x * (dx * x + dy * y)
        direction[7] = -y * (dx * x + dy * y)
        along.set(direction)
        solveFactored(hessian, along, PARAMETERS)
        let variance = 0
        for (let i = 0; i < PARAMETERS; i++) variance += direction[i] * along[i]
        worst = Math.max(worst, variance)
      }
    }
    return Math.sqrt(worst * this.residual)
  }

  /** Look at every block under a pose; with `derive`, also sum up the equations of a step. */
  private accumulate(level: TemplateLevel, frame: FramePyramid, pose: Homography, derive: boolean): boolean {
    const { moments, agreement, blocks, norms, correlations, gains, sums } = this
    const frameLevel = chooseFrameLevel(level, pose)
    const image = frame.getLevel(frameLevel)
    let seen = 0, agreeing = 0, sum = 0, sumAgreeing = 0, score = 0
    for (let block = 0; block < level.count; block++) {
      if (!sampleBlock(level, block, image, 1 / (1 << frameLevel), pose, moments)) continue
      const norm = Math.sqrt(Math.max(1e-6, moments[1] - moments[0] * moments[0] / BLOCK_PIXELS))
      const correlation = moments[2] / norm
      blocks[seen] = block
      norms[seen] = norm
      correlations[seen] = correlation
      gains[seen] = norm / level.contrast[block]
      for (let i = 0, to = seen * PARAMETERS; i < PARAMETERS; i++) sums[to + i] = moments[3 + i]
      seen++
      if (correlation > 0) {
        sum += correlation
        score += correlation * correlation * correlation * correlation
      }
      if (correlation >= AGREE_MIN) {
        agreeing++
        sumAgreeing += correlation
      }
    }
    this.score = seen > 0 ? score / seen : 0
    agreement.seen = seen
    agreement.agreeing = agreeing
    agreement.mean = seen > 0 ? sum / seen : 0
    agreement.meanAgreeing = agreeing > 0 ? sumAgreeing / agreeing : 0
    if (derive) this.weigh(level)
    return seen >= 3
  }

  /**
   * Sum up the equations, each block weighted by how well it correlates beside the better ones and by whether its contrast is what
   * theirs is: what a hand or a highlight hides correlates now and then by chance, but is fainter than a print.
   */
  private weigh(level: TemplateLevel): void {
    const { hessian, gradient, agreement: { seen }, blocks, norms, correlations, gains, sums } = this
    hessian.fill(0)
    gradient.fill(0)
    let squares = 1e-9, cubes = 0, gainSum = 0
    for (let k = 0; k < seen; k++) {
      const correlation = correlations[k]
      if (!(correlation > 0)) continue
      const square = correlation * correlation
      squares += square
      cubes += square * correlation
      gainSum += square * Math.min(gains[k], 4)
    }
    const typical = cubes / squares, gain = gainSum / squares
    let weights = 0, residuals = 0
    for (let k = 0; k < seen; k++) {
      const correlation = correlations[k]
      if (!(correlation > 0.1)) continue
      const norm = norms[k]
      const fit = Math.min(1, correlation / typical), ratio = gains[k] / gain
      const bright = ratio < 0.5 ? 4 * ratio * ratio : ratio > 2.5 ? 6.25 / (ratio * ratio) : 1
      const weight = fit * fit * fit * fit * correlation * bright * norm * norm / (norm * norm + NOISE_NORM * NOISE_NORM)
      for (let i = 0; i < PARAMETERS; i++) gradient[i] += weight * sums[k * PARAMETERS + i] / norm
      for (let i = 0, from = blocks[k] * 36; i < PARAMETERS; i++) {
        for (let j = 0; j <= i; j++, from++) hessian[i * PARAMETERS + j] += weight * level.hessians[from]
      }
      weights += weight
      residuals += weight * (1 - correlation * correlation)
    }
    // A block's 64 residuals are worth some ten independent ones.
    this.residual = weights > 0 ? residuals / weights / 10 : 1
  }

  /** What is known beforehand: a print of this size in a frame of this size has little perspective. */
  private prepare(frame: FramePyramid, pose: Homography): void {
    const { hessian, gradient } = this
    const { width, height } = frame.getLevel(0)
    const expected = scaleAtCentre(pose) / (PERSPECTIVE_FOCAL * Math.max(width, height))
    const prior = (this.residual + 0.002) / (expected * expected)
    for (let i = 6; i < 8; i++) {
      hessian[i * PARAMETERS + i] += prior
      gradient[i] += prior * pose[i]
    }
    this.shape.add(pose, width, height, this.residual + 0.002, hessian, gradient)
  }

  /** Solve and apply; returns how far a point of the photo moves at most, in frame pixels, or −1. */
  private step(pose: Homography): number {
    const { gradient, update } = this
    if (!this.solve()) return -1
    let largest = 0
    for (let i = 0; i < PARAMETERS; i++) largest = Math.max(largest, Math.abs(gradient[i]))
    if (!(largest < 0.6)) return -1
    const before = scaleAtCentre(pose)
    update.set([1 + gradient[0], gradient[1], gradient[2], gradient[3], 1 + gradient[4], gradient[5], gradient[6], gradient[7], 1])
    if (!invert(update, update)) return -1
    multiply(pose, update, pose)
    if (!normalise(pose)) return -1
    return largest * before
  }

  private solve(): boolean {
    const { hessian, gradient } = this
    for (let i = 0; i < PARAMETERS; i++) hessian[i * PARAMETERS + i] = hessian[i * PARAMETERS + i] * 1.001 + 1e-6
    return solveSymmetric(hessian, gradient, PARAMETERS)
  }
}

/** Frame pixels per unit of normalised coordinates at the photo's centre (square root of the Jacobian's determinant). */
export function scaleAtCentre(pose: Homography): number {
  const x = pose[2], y = pose[5]
  const determinant = (pose[0] - x * pose[6]) * (pose[4] - y * pose[7]) - (pose[1] - x * pose[7]) * (pose[3] - y * pose[6])
  return Math.sqrt(Math.max(0, determinant))
}

/** The frame level whose pixels are nearest in size to the template level's, at the photo's centre. */
export function chooseFrameLevel(level: TemplateLevel, pose: Homography): number {
  const framePerTemplate = scaleAtCentre(pose) * level.step
  return framePerTemplate < 1.6 ? 0 : framePerTemplate < 3.2 ? 1 : framePerTemplate < 6.4 ? 2 : 3
}

/**
 * Read a block's 64 pixels from the frame and sum them: out = [Σ I, Σ I², Σ T·I, Σ J₀·I, …, Σ J₇·I]. False when part of the
 * block lies outside the frame.
 */
function sampleBlock(level: TemplateLevel, block: number, image: ImageBuffer, frameScale: number, pose: Homography, out: Float64Array): boolean {
  const { step, values } = level
  const nx = (level.x[block] + 0.5) * step + level.originX, ny = (level.y[block] + 0.5) * step + level.originY
  const { data, width } = image
  const sx = frameScale
  let rowX = (pose[0] * nx + pose[1] * ny + pose[2]) * sx
  let rowY = (pose[3] * nx + pose[4] * ny + pose[5]) * sx
  let rowW = pose[6] * nx + pose[7] * ny + pose[8]
  const dxX = pose[0] * step * sx, dxY = pose[3] * step * sx, dxW = pose[6] * step
  const dyX = pose[1] * step * sx, dyY = pose[4] * step * sx, dyW = pose[7] * step
  const limitX = width - 1.01, limitY = image.height - 1.01
  for (let corner = 0; corner < 4; corner++) {
    const i = (corner & 1) * (BLOCK - 1), j = (corner >> 1) * (BLOCK - 1)
    const w = rowW + i * dxW + j * dyW
    if (!(w > 1e-3)) return false
    const x = (rowX + i * dxX + j * dyX) / w - 0.5, y = (rowY + i * dxY + j * dyY) / w - 0.5
    if (!(x >= 0 && y >= 0 && x <= limitX && y <= limitY)) return false
  }
  let sum = 0, squares = 0, t = 0, j0 = 0, j1 = 0, j2 = 0, j3 = 0, j4 = 0, j5 = 0, j6 = 0, j7 = 0
  let k = block * BLOCK_PIXELS * VALUES_PER_PIXEL
  for (let j = 0; j < BLOCK; j++) {
    let px = rowX, py = rowY, pw = rowW
    for (let i = 0; i < BLOCK; i++, k += VALUES_PER_PIXEL) {
      const inverse = 1 / pw
      const x = px * inverse - 0.5, y = py * inverse - 0.5
      const ix = x | 0, iy = y | 0
      const fx = x - ix, fy = y - iy
      const at = iy * width + ix
      const a = data[at], b = data[at + width]
      const top = a + (data[at + 1] - a) * fx
      const value = top + (b + (data[at + width + 1] - b) * fx - top) * fy
      sum += value
      squares += value * value
      t += value * values[k]
      j0 += value * values[k + 1]
      j1 += value * values[k + 2]
      j2 += value * values[k + 3]
      j3 += value * values[k + 4]
      j4 += value * values[k + 5]
      j5 += value * values[k + 6]
      j6 += value * values[k + 7]
      j7 += value * values[k + 8]
      px += dxX
      py += dxY
      pw += dxW
    }
    rowX += dyX
    rowY += dyY
    rowW += dyW
  }
  out[0] = sum; out[1] = squares; out[2] = t
  out[3] = j0; out[4] = j1; out[5] = j2; out[6] = j3
  out[7] = j4; out[8] = j5; out[9] = j6; out[10] = j7
  return true
}
