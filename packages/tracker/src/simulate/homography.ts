import type { Homography } from '../types.ts'

/** a · b for 3×3 matrices, row by row; not rescaled. */
export function multiply(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const out = new Float64Array(9)
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0
      for (let k = 0; k < 3; k++) sum += a[row * 3 + k] * b[k * 3 + column]
      out[row * 3 + column] = sum
    }
  }
  return out
}

/** The inverse by cofactors, scaled by the determinant's sign only where it must be; null when the matrix is singular. */
export function invert(m: ArrayLike<number>): Float64Array | null {
  const out = Float64Array.of(
    m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
    m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
    m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3])
  const determinant = m[0] * out[0] + m[1] * out[3] + m[2] * out[6]
  if (!Number.isFinite(determinant) || determinant === 0) return null
  for (let i = 0; i < 9; i++) out[i] /= determinant
  return out
}

/** The frame position [x, y] of a point of the photo's unit square. */
export function project(pose: Homography, u: number, v: number): [number, number] {
  const w = pose[6] * u + pose[7] * v + pose[8]
  return [(pose[0] * u + pose[1] * v + pose[2]) / w, (pose[3] * u + pose[4] * v + pose[5]) / w]
}

/** The four corners in the frame: top left, top right, bottom right, bottom left, as [x, y] pairs. */
export function cornersOf(pose: Homography): [number, number][] {
  return [project(pose, 0, 0), project(pose, 1, 0), project(pose, 1, 1), project(pose, 0, 1)]
}
