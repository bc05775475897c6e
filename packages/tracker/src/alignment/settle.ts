import { isPlausibleQuad, multiply, normalise, projectCorners } from '../geometry/homography.ts'
import type { FramePyramid } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { Aligner, scaleAtCentre } from './align.ts'
import type { Agreement } from './align.ts'
import type { Template } from './template.ts'

/** A template level is used when a frame pixel is at least this many of its pixels… the finest such level. */
const FRAME_PER_TEMPLATE_MIN = 0.7
const QUAD_AREA_MIN_PX = 500
const SIDE_MAX_FRAMES = 4

/** From a rough pose to a sub-pixel one that has been verified, or to none. */
export class Settler {
  /** How much of the visible photo agreed, 0–1, after the last `settle`. */
  confidence = 0
  private readonly aligner = new Aligner()
  private readonly normalised = new Float64Array(9)
  private readonly corners = new Float64Array(8)

  /**
   * Refine `pose` (unit square to frame) from coarse to fine, `coarser` levels above the one that fits first. On success `pose` is
   * the refined one; otherwise it is left alone.
   */
  settle(template: Template, frame: FramePyramid, pose: Homography, coarser: number): boolean {
    const { aligner, normalised } = this
    this.confidence = 0
    multiply(pose, template.fromNormalised, normalised)
    if (!normalise(normalised)) return false
    const finest = this.finestLevel(template)
    const last = template.levels.length - 1
    for (let level = Math.min(last, finest + coarser); level >= finest; level--) {
      const iterations = level === finest ? 8 : 5
      if (!aligner.align(template.levels[level], frame, normalised, iterations, level === finest ? 0.01 : 0.1)) return false
      if (level > finest && !this.isPromising(aligner.agreement)) return false
    }
    if (!this.isVerified(template, frame, finest)) return false
    multiply(normalised, template.toNormalised, this.normalised)
    if (!normalise(normalised)) return false
    projectCorners(normalised, this.corners)
    const { width, height } = frame.getLevel(0)
    if (!isPlausibleQuad(this.corners, QUAD_AREA_MIN_PX, SIDE_MAX_FRAMES * Math.max(width, height))) return false
    pose.set(normalised)
    return true
  }

  private finestLevel(template: Template): number {
    const scale = scaleAtCentre(this.normalised)
    let level = 0
    while (level < template.levels.length - 1 && scale * template.levels[level].step < FRAME_PER_TEMPLATE_MIN) level++
    return level
  }

  private isPromising(agreement: Agreement): boolean {
    return agreement.seen >= 3 && agreement.agreeing * 5 >= agreement.seen
  }

  private isVerified(template: Template, frame: FramePyramid, finest: number): boolean {
    for (let level = finest; level <= Math.min(finest + 1, template.levels.length - 1); level++) {
      const { seen, agreeing, meanAgreeing } = this.aligner.measure(template.levels[level], frame, this.normalised)
      const share = seen > 0 ? agreeing / seen : 0
      this.confidence = Math.max(this.confidence, share * meanAgreeing)
      if (agreeing >= 10 && share >= 0.4 && meanAgreeing >= 0.75) return true
    }
    return false
  }
}
