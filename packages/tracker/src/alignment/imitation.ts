import { projectCorners } from '../geometry/homography.ts'
import { FramePyramid } from '../image/pyramid.ts'
import type { GrayImage } from '../types.ts'
import { Settler } from './settle.ts'
import type { Template } from './template.ts'

/** Places the photo is laid wrongly upon itself, as shares of its sides. */
const SHIFTS = [-0.45, -0.3, -0.15, 0, 0.15, 0.3, 0.45]
const FEW_SHIFTS = [-0.15, 0, 0.15]
/** cos and sin of the quarter turns, and the places tried of each. */
const TURNS: readonly (readonly [number, number, readonly number[]])[] = [[1, 0, SHIFTS], [0, 1, FEW_SHIFTS], [-1, 0, FEW_SHIFTS], [0, -1, FEW_SHIFTS]]
/** Nearer to the truth than this share of the longer side, a settled pose is right. */
const RIGHT_MAX = 0.06

/**
 * How much evidence a wrong pose of this photo may gather, 0–1: the tracker's own alignment starts from wrong places upon the photo
 * itself. Ordinary photos give little; a wall of bricks can be bent to fit its next period.
 */
export function measureImitation(template: Template, image: GrayImage): number {
  const settler = new Settler()
  const frame = new FramePyramid()
  frame.setFrame(image)
  const { width, height } = image
  const truth = new Float64Array([0, 0, width, 0, width, height, 0, height])
  const corners = new Float64Array(8), pose = new Float64Array(9)
  let most = 0
  for (const [cos, sin, shifts] of TURNS) {
    for (const dv of shifts) {
      for (const du of shifts) {
        if (cos === 1 && du === 0 && dv === 0) continue
        const centreX = width * (0.5 + du), centreY = height * (0.5 + dv)
        pose.set([cos * width, -sin * height, centreX - (cos * width - sin * height) / 2, sin * width, cos * height, centreY - (sin * width + cos * height) / 2, 0, 0, 1])
        if (!settler.settle(template, frame, pose, false, 0)) continue
        projectCorners(pose, corners)
        let farthest = 0
        for (let i = 0; i < 8; i++) farthest = Math.max(farthest, Math.abs(corners[i] - truth[i]))
        if (farthest > RIGHT_MAX * Math.max(width, height)) most = Math.max(most, settler.confidence)
      }
    }
  }
  return most
}
