import { ANGLE_STEPS, DESCRIPTOR_WORDS } from './keypoints.ts'
import { DIRECTIONS, PAIRS, POINT_COUNT, POINTS, ROTATED, SPREADS, WEIGHTS } from './pattern.ts'
import type { LevelAnalysis } from '../kernels/kernels.ts'

const samples = new Int32Array(POINT_COUNT)
const levelled = new Float64Array(POINT_COUNT)

/** How much of a patch's ramp is taken away. */
const RAMP_SHARE = 1
const NORM_X = squareSum(0)
const NORM_Y = squareSum(1)

function squareSum(axis: number): number {
  let sum = 0
  for (let i = 0; i < POINT_COUNT; i++) sum += POINTS[2 * i + axis] * POINTS[2 * i + axis]
  return sum
}

/** Read the patch around pixel `at`, turned by `angle`, into `samples`: sums of four reads. */
function readPatch(level: LevelAnalysis, at: number, angle: number): void {
  const { smooth: data, width } = level
  let from = angle * POINT_COUNT * 2
  for (let i = 0; i < POINT_COUNT; i++, from += 2) {
    const centre = at + ROTATED[from + 1] * width + ROTATED[from]
    const spread = SPREADS[i]
    const down = spread * width
    samples[i] = spread === 0
      ? 4 * data[centre]
      : data[centre - down - spread] + data[centre - down + spread] + data[centre + down - spread] + data[centre + down + spread]
  }
}

/** What is left of the samples without the ramp of light across them, as a lamp's reflection or a shadow's edge lays over a print. */
function levelSamples(): void {
  let slopeX = 0, slopeY = 0
  for (let i = 0; i < POINT_COUNT; i++) {
    slopeX += samples[i] * POINTS[2 * i]
    slopeY += samples[i] * POINTS[2 * i + 1]
  }
  slopeX *= RAMP_SHARE / NORM_X
  slopeY *= RAMP_SHARE / NORM_Y
  for (let i = 0; i < POINT_COUNT; i++) levelled[i] = samples[i] - slopeX * POINTS[2 * i] - slopeY * POINTS[2 * i + 1]
}

/** Dominant direction of a patch, 0–63: that of the intensity centroid (Rosin 1999, as in ORB). */
export function findAngle(level: LevelAnalysis, at: number): number {
  readPatch(level, at, 0)
  let mx = 0, my = 0
  for (let i = 0; i < POINT_COUNT; i++) {
    mx += samples[i] * POINTS[i * 2] * WEIGHTS[i]
    my += samples[i] * POINTS[i * 2 + 1] * WEIGHTS[i]
  }
  return nearestDirection(mx, my)
}

/** The table direction nearest to a vector: 0–63; 0 for the null vector. */
export function nearestDirection(x: number, y: number): number {
  let best = 0
  let bestDot = -Infinity
  const start = (y >= 0 ? 0 : ANGLE_STEPS / 2) + ((x < 0) === (y >= 0) ? ANGLE_STEPS / 4 : 0)
  for (let i = start; i <= start + ANGLE_STEPS / 4; i++) {
    const index = i % ANGLE_STEPS
    const dot = x * DIRECTIONS[index * 2] + y * DIRECTIONS[index * 2 + 1]
    if (dot > bestDot) {
      bestDot = dot
      best = index
    }
  }
  return best
}

/**
 * 256 comparisons of patch samples (after Calonder et al., BRIEF, 2010, and its steered and ringed descendants), written to
 * out[to … to + 7].
 */
export function describe(level: LevelAnalysis, at: number, angle: number, out: Int32Array, to: number): void {
  readPatch(level, at, angle)
  levelSamples()
  let pair = 0
  for (let word = 0; word < DESCRIPTOR_WORDS; word++) {
    let bits = 0
    for (let bit = 0; bit < 32; bit++, pair += 2) {
      bits = bits << 1 | (levelled[PAIRS[pair]] < levelled[PAIRS[pair + 1]] ? 1 : 0)
    }
    out[to + word] = bits
  }
}
