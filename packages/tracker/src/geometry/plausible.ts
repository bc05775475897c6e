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
