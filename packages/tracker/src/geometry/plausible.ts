import type { Homography } from '../types.ts'

/** Focal lengths of cameras we may meet, as a share of the frame's longer side (100° to 20° across it). */
const FOCAL_MIN = 0.42
const FOCAL_MAX = 3

/**
 * How far a pose is from any view of a flat print through a pinhole camera of ordinary focal length, its optical axis in the frame's
 * centre: 0 for a perfect one. The photo's sides must stay perpendicular and in proportion (Zhang 2000, the two constraints on the
 * image of the absolute conic), for the best focal length; the larger violation is returned, as a cosine or a relative length.
 */
export function shapeViolation(pose: Homography, photoWidth: number, photoHeight: number, frameWidth: number, frameHeight: number): number {
  const longer = Math.max(frameWidth, frameHeight)
  const cx = frameWidth / 2, cy = frameHeight / 2
  const a0 = (pose[0] - cx * pose[6]) / longer / photoWidth, a1 = (pose[3] - cy * pose[6]) / longer / photoWidth, a2 = pose[6] / photoWidth
  const b0 = (pose[1] - cx * pose[7]) / longer / photoHeight, b1 = (pose[4] - cy * pose[7]) / longer / photoHeight, b2 = pose[7] / photoHeight
  let best = Infinity
  // A dozen focal lengths a step of 18 % apart: the violation changes slowly with the focal length.
  for (let focal = FOCAL_MIN; focal <= FOCAL_MAX; focal *= 1.18) {
    const g = 1 / (focal * focal)
    const aa = (a0 * a0 + a1 * a1) * g + a2 * a2, bb = (b0 * b0 + b1 * b1) * g + b2 * b2
    const ab = (a0 * b0 + a1 * b1) * g + a2 * b2
    const skew = Math.abs(ab) / Math.sqrt(aa * bb)
    const stretch = Math.abs(aa - bb) / (aa + bb)
    best = Math.min(best, Math.max(skew, stretch))
  }
  return best
}

const WHOLE: readonly (readonly [number, number])[] = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1]]
/** How far skew and proportion may be from a pinhole camera's: lenses bend, stabilisers shift the picture, prints bow. */
const SHAPE_DEVIATION = 0.02
/** How well the best of the focal lengths tried is known, as a relative deviation. */
const FOCAL_DEVIATION = 0.2
const EPSILON = 1e-4

/**
 * What `shapeViolation` measures, as an equation for Gauss–Newton steps: residuals (skew, stretch) of a pose whose plane has equal units
 * along both axes, their derivatives for the eight parameters of an inverse compositional step, and their information, the focal
 * length being known only roughly.
 */
export class ShapePrior {
  private readonly residual = new Float64Array(2)
  private readonly moved = new Float64Array(2)
  private readonly columns = new Float64Array(9)
  private readonly derivatives = new Float64Array(16)

  /** Add the prior to normal equations whose data have the variance `variance`. */
  add(pose: Homography, frameWidth: number, frameHeight: number, variance: number, hessian: Float64Array, gradient: Float64Array): void {
    const { residual, moved, columns, derivatives } = this
    const longer = Math.max(frameWidth, frameHeight)
    for (let column = 0; column < 3; column++) {
      columns[column] = (pose[column] - frameWidth / 2 * pose[6 + column]) / longer
      columns[3 + column] = (pose[3 + column] - frameHeight / 2 * pose[6 + column]) / longer
      columns[6 + column] = pose[6 + column]
    }
    let inverse2 = 1, best = Infinity
    for (let focal = FOCAL_MIN; focal <= FOCAL_MAX; focal *= 1.18) {
      shapeOf(columns, 1 / (focal * focal), moved)
      const size = moved[0] * moved[0] + moved[1] * moved[1]
      if (size >= best) continue
      best = size
      inverse2 = 1 / (focal * focal)
    }
    shapeOf(columns, inverse2, residual)
    shapeOf(columns, inverse2 * (1 + EPSILON), moved)
    const f0 = (moved[0] - residual[0]) / EPSILON * 2 * FOCAL_DEVIATION, f1 = (moved[1] - residual[1]) / EPSILON * 2 * FOCAL_DEVIATION
    const s = SHAPE_DEVIATION * SHAPE_DEVIATION
    const determinant = (s + f0 * f0) * (s + f1 * f1) - f0 * f1 * f0 * f1
    const w00 = variance * (s + f1 * f1) / determinant, w01 = -variance * f0 * f1 / determinant, w11 = variance * (s + f0 * f0) / determinant
    for (let i = 0; i < 8; i++) this.derive(i, inverse2)
    for (let i = 0; i < 8; i++) {
      const a = derivatives[2 * i], b = derivatives[2 * i + 1]
      const x = a * w00 + b * w01, y = a * w01 + b * w11
      gradient[i] -= x * residual[0] + y * residual[1]
      for (let j = 0; j <= i; j++) hessian[i * 8 + j] += x * derivatives[2 * j] + y * derivatives[2 * j + 1]
    }
  }

  /** A step of parameter i takes one column of the pose away from another. */
  private derive(i: number, inverse2: number): void {
    const { residual, moved, columns, derivatives } = this
    const [from, to] = WHOLE[i]
    derivatives[2 * i] = derivatives[2 * i + 1] = 0
    if (to === 2) return
    const kept0 = columns[to], kept1 = columns[3 + to], kept2 = columns[6 + to]
    for (let row = 0; row < 9; row += 3) columns[row + to] -= EPSILON * columns[row + from]
    shapeOf(columns, inverse2, moved)
    derivatives[2 * i] = (moved[0] - residual[0]) / EPSILON
    derivatives[2 * i + 1] = (moved[1] - residual[1]) / EPSILON
    columns[to] = kept0
    columns[3 + to] = kept1
    columns[6 + to] = kept2
  }
}

function shapeOf(m: Float64Array, inverse2: number, out: Float64Array): void {
  const aa = (m[0] * m[0] + m[3] * m[3]) * inverse2 + m[6] * m[6], bb = (m[1] * m[1] + m[4] * m[4]) * inverse2 + m[7] * m[7]
  out[0] = ((m[0] * m[1] + m[3] * m[4]) * inverse2 + m[6] * m[7]) / Math.sqrt(aa * bb)
  out[1] = (aa - bb) / (aa + bb)
}
