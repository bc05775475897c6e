import { ANGLE_STEPS, DESCRIPTOR_WORDS } from './keypoints.ts'
import { DIRECTIONS, PAIRS, POINT_COUNT, POINTS, ROTATED, SPREADS, WEIGHTS } from './pattern.ts'
import type { LevelAnalysis } from '../kernels/kernels.ts'

const samples = new Int32Array(POINT_COUNT)

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
  let pair = 0
  for (let word = 0; word < DESCRIPTOR_WORDS; word++) {
    let bits = 0
    for (let bit = 0; bit < 32; bit++, pair += 2) {
      bits = bits << 1 | (samples[PAIRS[pair]] < samples[PAIRS[pair + 1]] ? 1 : 0)
    }
    out[to + word] = bits
  }
}
