import { solveSymmetric } from '../geometry/solve.ts'
import type { Homography } from '../types.ts'

const hessian = new Float64Array(64)
const gradient = new Float64Array(8)
const row = new Float64Array(16)
const next = new Float64Array(9)

/**
 * One Gauss–Newton step of a pose towards weighted point pairs (unit square → frame). The two perspective parameters are held
 * back by a prior, so that three pairs give an affine pose and many give a full one. Returns false when degenerate.
 */
export function fitPose(u: Float64Array, v: Float64Array, x: Float64Array, y: Float64Array, weight: Float64Array, count: number, pose: Homography): boolean {
  const size2 = Math.max(1, Math.abs(pose[0] * pose[4] - pose[1] * pose[3]))
  hessian.fill(0)
  gradient.fill(0)
  for (let i = 0; i < count; i++) {
    if (weight[i] > 0) addPair(u[i], v[i], x[i], y[i], weight[i], pose)
  }
  for (let i = 0; i < 6; i++) hessian[i * 9] += 0.02
  // A print's perspective parameters rarely exceed 0.5, and a keypoint is placed to 2 px and 1 % of the photo's size.
  const placed = 2 + 0.01 * Math.sqrt(size2)
  const prior = 4 * placed * placed
  hessian[6 * 9] += prior
  hessian[7 * 9] += prior
  gradient[6] -= prior * pose[6]
  gradient[7] -= prior * pose[7]
  if (!solveSymmetric(hessian, gradient, 8)) return false
  for (let i = 0; i < 8; i++) next[i] = pose[i] + gradient[i]
  if (!(next[6] > -0.9 && next[7] > -0.9 && next[6] + next[7] > -0.9)) return false
  if (!(next[0] * next[4] - next[1] * next[3] > 1)) return false
  for (let i = 0; i < 8; i++) pose[i] = next[i]
  return true
}

function addPair(u: number, v: number, x: number, y: number, weight: number, pose: Homography): void {
  const w = 1 / (pose[6] * u + pose[7] * v + 1)
  const px = (pose[0] * u + pose[1] * v + pose[2]) * w
  const py = (pose[3] * u + pose[4] * v + pose[5]) * w
  const a = u * w, b = v * w
  row[0] = a; row[1] = b; row[2] = w; row[3] = 0; row[4] = 0; row[5] = 0; row[6] = -px * a; row[7] = -px * b
  row[8] = 0; row[9] = 0; row[10] = 0; row[11] = a; row[12] = b; row[13] = w; row[14] = -py * a; row[15] = -py * b
  const ex = x - px, ey = y - py
  for (let i = 0; i < 8; i++) {
    gradient[i] += weight * (row[i] * ex + row[i + 8] * ey)
    for (let j = 0; j <= i; j++) hessian[i * 8 + j] += weight * (row[i] * row[j] + row[i + 8] * row[j + 8])
  }
}
