import type { Homography } from '../types.ts'

/** out = a · b (3×3, row by row). `out` may be `a` or `b`. */
export function multiply(a: Homography, b: Homography, out: Homography): void {
  const b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3], b4 = b[4], b5 = b[5], b6 = b[6], b7 = b[7], b8 = b[8]
  for (let row = 0; row < 9; row += 3) {
    const x = a[row], y = a[row + 1], z = a[row + 2]
    out[row] = x * b0 + y * b3 + z * b6
    out[row + 1] = x * b1 + y * b4 + z * b7
    out[row + 2] = x * b2 + y * b5 + z * b8
  }
}

/** out = m⁻¹ up to scale (the adjugate). Returns false when m is singular. `out` may be `m`. */
export function invert(m: Homography, out: Homography): boolean {
  const a = m[0], b = m[1], c = m[2], d = m[3], e = m[4], f = m[5], g = m[6], h = m[7], i = m[8]
  const c0 = e * i - f * h
  const c3 = f * g - d * i
  const c6 = d * h - e * g
  const determinant = a * c0 + b * c3 + c * c6
  out[0] = c0
  out[1] = c * h - b * i
  out[2] = b * f - c * e
  out[3] = c3
  out[4] = a * i - c * g
  out[5] = c * d - a * f
  out[6] = c6
  out[7] = b * g - a * h
  out[8] = a * e - b * d
  return Math.abs(determinant) > 1e-12
}

/** Scale so that the last element is 1. Returns false when that is not possible. */
export function normalise(m: Homography): boolean {
  const scale = m[8]
  if (!(Math.abs(scale) > 1e-12)) return false
  for (let i = 0; i < 9; i++) m[i] /= scale
  return true
}

/** The four corners of the unit square under a pose: out = [x0 y0 x1 y1 x2 y2 x3 y3], clockwise from the top left. */
export function projectCorners(pose: Homography, out: Float64Array): void {
  for (let corner = 0; corner < 4; corner++) {
    const u = corner === 1 || corner === 2 ? 1 : 0
    const v = corner >= 2 ? 1 : 0
    const w = pose[6] * u + pose[7] * v + pose[8]
    out[corner * 2] = (pose[0] * u + pose[1] * v + pose[2]) / w
    out[corner * 2 + 1] = (pose[3] * u + pose[4] * v + pose[5]) / w
  }
}

/** The pose that takes the unit square to four corners (clockwise from the top left); false when they are degenerate. */
export function poseFromCorners(corners: Float64Array, out: Homography): boolean {
  const x0 = corners[0], y0 = corners[1], x1 = corners[2], y1 = corners[3]
  const x2 = corners[4], y2 = corners[5], x3 = corners[6], y3 = corners[7]
  const dx1 = x1 - x2, dx2 = x3 - x2, dx3 = x0 - x1 + x2 - x3
  const dy1 = y1 - y2, dy2 = y3 - y2, dy3 = y0 - y1 + y2 - y3
  const determinant = dx1 * dy2 - dx2 * dy1
  if (!(Math.abs(determinant) > 1e-9)) return false
  const g = (dx3 * dy2 - dx2 * dy3) / determinant
  const h = (dx1 * dy3 - dx3 * dy1) / determinant
  out[0] = x1 - x0 + g * x1
  out[1] = x3 - x0 + h * x3
  out[2] = x0
  out[3] = y1 - y0 + g * y1
  out[4] = y3 - y0 + h * y3
  out[5] = y0
  out[6] = g
  out[7] = h
  out[8] = 1
  return true
}

/**
 * Whether a quadrilateral could be a printed photo seen from its front: convex, clockwise on screen, not a sliver, and
 * not larger than anything a camera could still be tracking.
 */
export function isPlausibleQuad(corners: Float64Array, areaMin: number, sideMax: number): boolean {
  let area = 0
  let longest = 0
  let shortest = Infinity
  for (let i = 0; i < 4; i++) {
    const a = i * 2, b = ((i + 1) & 3) * 2, c = ((i + 2) & 3) * 2
    const ex = corners[b] - corners[a], ey = corners[b + 1] - corners[a + 1]
    const fx = corners[c] - corners[b], fy = corners[c + 1] - corners[b + 1]
    if (!(ex * fy - ey * fx > 0)) return false
    area += corners[a] * corners[b + 1] - corners[b] * corners[a + 1]
    const side = Math.sqrt(ex * ex + ey * ey)
    if (side > longest) longest = side
    if (side < shortest) shortest = side
  }
  return area * 0.5 >= areaMin && longest <= sideMax && shortest * 25 >= longest
}
