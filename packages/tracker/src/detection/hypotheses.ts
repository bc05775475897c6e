import { ANGLE_STEPS } from '../features/keypoints.ts'
import type { Keypoints } from '../features/keypoints.ts'
import { DIRECTIONS } from '../features/pattern.ts'
import { fitPose } from './fit.ts'
import type { Matches } from './match.ts'

/** One guess at where a target is. */
export interface Hypothesis {
  target: number
  /** Sum of the weights of the matches that agree. */
  support: number
  inliers: number
  /** Unit square to frame. */
  pose: Float64Array
}

/** What hypotheses need to know of a target: where its keypoints are, and from which view. */
export interface Places {
  /** Of the photo, in pixels. */
  width: number
  height: number
  data: { u: ArrayLike<number>, v: ArrayLike<number>, view: ArrayLike<number>, angle: ArrayLike<number> }
  /** Per view: unit square to view pixels. */
  viewMatrices: Float64Array[]
}

/** Hypotheses kept for each target. */
export const HYPOTHESES_MAX = 6
const SEEDS_MAX = 500
/** Photos smaller or larger than this in the frame are not looked for. */
const SIZE_MIN_PX = 20
const SIZE_MAX_PX = 900
const MATCHES_MAX = 800

const matchX = new Float64Array(MATCHES_MAX), matchY = new Float64Array(MATCHES_MAX)
const matchU = new Float64Array(MATCHES_MAX), matchV = new Float64Array(MATCHES_MAX)
const weight = new Float64Array(MATCHES_MAX)
/** Which 32nd of the photo's sides a match is in. Further matches in a cell that a seed has counted say little new. */
const matchCell = new Uint16Array(MATCHES_MAX)
const cellSeed = new Float64Array(1024)
const REPEAT_SHARE = 0.15
let seedStamp = 0
/** Per match: its affine map [a b tx c d ty], and the map's linear part for photo pixels of norm 1: [a b c d]. */
const seedMap = new Float64Array(MATCHES_MAX * 6)
const shape = new Float64Array(MATCHES_MAX * 4)
const shapeNorm = new Float64Array(MATCHES_MAX)
/** Maps whose linear parts differ by more than this say nothing for each other: a factor of 2 in size, or 45° of turn. */
const SHAPE_DIFFERENCE_MAX = 0.6
const seedSupport = new Float64Array(SEEDS_MAX)
const inlierWeight = new Float64Array(MATCHES_MAX)

/**
 * Every match alone gives an affine pose: its view's map, turned by the difference of the two angles and scaled by the level
 * it was found on. The poses that most other matches agree with are refined over those matches. No sampling, so no chance.
 */
export function findHypotheses(frame: Keypoints, target: Places, index: number, matches: Matches, out: Hypothesis[], from: number, most = HYPOTHESES_MAX): number {
  loadMatches(frame, target, matches)
  const seeds = Math.min(matches.count, SEEDS_MAX)
  for (let i = 0; i < matches.count; i++) seedAffine(frame, target, matches, i)
  for (let i = 0; i < seeds; i++) {
    const size = sizeOf(i * 6)
    seedSupport[i] = size >= SIZE_MIN_PX && size <= SIZE_MAX_PX ? countSupport(i, matches.count) : 0
  }
  let count = 0
  for (let rank = 0; rank < most * 3 && count < most; rank++) {
    let best = -1
    for (let i = 0; i < seeds; i++) if (seedSupport[i] > 0 && (best < 0 || seedSupport[i] > seedSupport[best])) best = i
    if (best < 0) break
    const support = seedSupport[best]
    seedSupport[best] = 0
    if (isRepeat(best, out, from, count)) continue
    const hypothesis = out[from + count]
    hypothesis.target = index
    hypothesis.support = support
    refine(best, matches.count, hypothesis)
    count++
  }
  return count
}

function loadMatches(frame: Keypoints, target: Places, matches: Matches): void {
  const { u, v } = target.data
  for (let i = 0; i < matches.count; i++) {
    matchX[i] = frame.x[matches.frame[i]]
    matchY[i] = frame.y[matches.frame[i]]
    matchU[i] = u[matches.target[i]] / 65_536
    matchV[i] = v[matches.target[i]] / 65_536
    matchCell[i] = (v[matches.target[i]] >> 11) * 32 + (u[matches.target[i]] >> 11)
    weight[i] = 1 + (72 - matches.distance[i]) / 36
  }
}

function seedAffine(frame: Keypoints, target: Places, matches: Matches, i: number): void {
  const row = matches.target[i], keypoint = matches.frame[i]
  const view = target.viewMatrices[target.data.view[row]]
  const turn = ((frame.angle[keypoint] - target.data.angle[row]) & (ANGLE_STEPS - 1)) * 2
  const c = DIRECTIONS[turn] * frame.scale[keypoint], s = DIRECTIONS[turn + 1] * frame.scale[keypoint]
  const to = i * 6
  const a = c * view[0] - s * view[3], b = c * view[1] - s * view[4]
  const d = s * view[0] + c * view[3], e = s * view[1] + c * view[4]
  seedMap[to] = a
  seedMap[to + 1] = b
  seedMap[to + 2] = matchX[i] - a * matchU[i] - b * matchV[i]
  seedMap[to + 3] = d
  seedMap[to + 4] = e
  seedMap[to + 5] = matchY[i] - d * matchU[i] - e * matchV[i]
  const pa = a / target.width, pb = b / target.height, pd = d / target.width, pe = e / target.height
  const norm = Math.sqrt(pa * pa + pb * pb + pd * pd + pe * pe)
  shapeNorm[i] = norm
  shape[i * 4] = pa / norm
  shape[i * 4 + 1] = pb / norm
  shape[i * 4 + 2] = pd / norm
  shape[i * 4 + 3] = pe / norm
}

/** 0–1: how much a match's own map turns, sizes and squeezes the photo as the seed's does. */
function likeness(seed: number, match: number): number {
  const i = seed * 4, j = match * 4
  const ratio = shapeNorm[seed] / shapeNorm[match]
  const dot = shape[i] * shape[j] + shape[i + 1] * shape[j + 1] + shape[i + 2] * shape[j + 2] + shape[i + 3] * shape[j + 3]
  const difference = ratio + 1 / ratio - 2 * dot
  return difference < SHAPE_DIFFERENCE_MAX ? 1 - difference / SHAPE_DIFFERENCE_MAX : 0
}

/** Square root of the photo's area in the frame under a seed's map. */
function sizeOf(map: number): number {
  return Math.sqrt(Math.abs(seedMap[map] * seedMap[map + 4] - seedMap[map + 1] * seedMap[map + 3]))
}

/** Squared tolerance of a seed's prediction: 7 % of the photo's size in the frame, and 2 px; at most 24 px. */
function tolerance2(map: number): number {
  const tolerance = Math.min(24, 2 + 0.07 * sizeOf(map))
  return tolerance * tolerance
}

function countSupport(seed: number, count: number): number {
  const map = seed * 6
  const a = seedMap[map], b = seedMap[map + 1], tx = seedMap[map + 2]
  const c = seedMap[map + 3], d = seedMap[map + 4], ty = seedMap[map + 5]
  const limit = tolerance2(map)
  let support = 0
  const stamp = ++seedStamp
  for (let j = 0; j < count; j++) {
    const dx = a * matchU[j] + b * matchV[j] + tx - matchX[j]
    const dy = c * matchU[j] + d * matchV[j] + ty - matchY[j]
    const error = dx * dx + dy * dy
    if (error >= limit) continue
    const gain = weight[j] * (1 - error / limit) * likeness(seed, j)
    if (gain === 0) continue
    const cell = matchCell[j]
    if (cellSeed[cell] !== stamp) {
      cellSeed[cell] = stamp
      support += gain
    } else support += REPEAT_SHARE * gain
  }
  return support
}

/** Whether a seed puts the photo where a kept hypothesis has it already. */
function isRepeat(seed: number, out: Hypothesis[], from: number, count: number): boolean {
  const map = seed * 6
  const limit = tolerance2(map)
  for (let i = from; i < from + count; i++) {
    const pose = out[i].pose
    let largest = 0
    for (let corner = 0; corner < 4; corner++) {
      const u = corner & 1, v = corner >> 1
      const w = pose[6] * u + pose[7] * v + pose[8]
      const dx = (pose[0] * u + pose[1] * v + pose[2]) / w - (seedMap[map] * u + seedMap[map + 1] * v + seedMap[map + 2])
      const dy = (pose[3] * u + pose[4] * v + pose[5]) / w - (seedMap[map + 3] * u + seedMap[map + 4] * v + seedMap[map + 5])
      largest = Math.max(largest, dx * dx + dy * dy)
    }
    if (largest < 4 * limit) return true
  }
  return false
}

function refine(seed: number, count: number, out: Hypothesis): void {
  const map = seed * 6
  const pose = out.pose
  for (let i = 0; i < 6; i++) pose[i] = seedMap[map + i]
  pose[6] = 0
  pose[7] = 0
  pose[8] = 1
  out.inliers = 0
  let limit = tolerance2(map)
  for (let round = 0; round < 6; round++) {
    let inliers = 0
    for (let j = 0; j < count; j++) {
      const w = pose[6] * matchU[j] + pose[7] * matchV[j] + 1
      const dx = (pose[0] * matchU[j] + pose[1] * matchV[j] + pose[2]) / w - matchX[j]
      const dy = (pose[3] * matchU[j] + pose[4] * matchV[j] + pose[5]) / w - matchY[j]
      const error = (dx * dx + dy * dy) / limit
      inlierWeight[j] = w > 0.1 && error < 1 ? weight[j] * (1 - error) * likeness(seed, j) : 0
      if (inlierWeight[j] > 0) inliers++
    }
    out.inliers = inliers
    if (inliers < 3) return
    if (!fitPose(matchU, matchV, matchX, matchY, inlierWeight, count, pose)) return
    if (round > 0) limit = Math.max(9, limit * 0.6)
  }
}
