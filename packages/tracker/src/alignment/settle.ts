import { isPlausibleQuad, multiply, normalise, projectCorners } from '../geometry/homography.ts'
import { shapeViolation } from '../geometry/plausible.ts'
import type { FramePyramid } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { Aligner, scaleAtCentre } from './align.ts'
import { BlockSearch } from './search.ts'
import { weighEvidence } from './verify.ts'
import type { Evidence } from './verify.ts'
import type { Template } from './template.ts'

/** The finest level used is the one where a frame pixel covers no more than 1 / 0.7 of its pixels. */
const FRAME_PER_TEMPLATE_MIN = 0.7
const QUAD_AREA_MIN_PX = 500
const SIDE_MAX_FRAMES = 4
/** Fewer blocks than this prove nothing, however well they agree. */
const EVIDENCE_BLOCKS_MIN = 8
/** A corner that may be further off than this is not shown. */
const UNCERTAINTY_MAX_PX = 6
/** Seen in tests: at most 0.09 for poses within 2 px, mostly above 0.2 for wrong ones. */
const SHAPE_VIOLATION_MAX = 0.15
/** The level at which blocks are searched: about 80 pixels long. */
const SEARCH_LEVEL = 2
/** With less evidence than this, look whether part of the photo is merely misplaced. */
const EVIDENCE_DOUBTED = 0.85

/** From a rough pose to a sub-pixel one that has been verified, or to none. */
export class Settler {
  /** Mean correlation of the visible photo's detail, 0–1, after the last `settle`. */
  confidence = 0
  /** The same times the square root of how much is visible: for choosing between guesses. */
  strength = 0
  private weighed = 0
  private readonly evidence: Evidence = { seen: 0, mean: 0 }
  private readonly aligner = new Aligner()
  private readonly blocks = new BlockSearch()
  private readonly first = new Float64Array(9)
  private readonly second = new Float64Array(9)
  private readonly result = new Float64Array(9)
  private readonly unit = new Float64Array(9)
  private readonly corners = new Float64Array(8)

  /**
   * Refine `pose` (unit square to frame) and verify it. On success `pose` is the refined one; otherwise it is left alone.
   * `search`: the pose is only a guess, so blocks may be searched for. `leniency`: how much less evidence is asked for, when the photo
   * is known to be there.
   */
  settle(template: Template, frame: FramePyramid, pose: Homography, search: boolean, leniency: number): boolean {
    const { first, second } = this
    this.confidence = 0
    this.strength = 0
    multiply(pose, template.fromNormalised, first)
    if (!normalise(first)) return false
    second.set(first)
    let best = this.refine(template, frame, first, 2, leniency)
    this.strength = this.weighed
    if (best > 0) this.result.set(first)
    if (best < EVIDENCE_DOUBTED && search) {
      if (best > 0) second.set(first)
      const level = template.levels[Math.min(template.levels.length - 1, Math.max(SEARCH_LEVEL, finestLevel(template, second)))]
      if (this.blocks.search(level, frame, second) && normalise(second)) {
        const again = this.refine(template, frame, second, 1, leniency)
        if (again > 0 && this.weighed > this.strength) {
          best = again
          this.strength = this.weighed
          this.result.set(second)
        }
      }
    }
    if (best <= 0) return false
    this.confidence = best
    multiply(this.result, template.toNormalised, pose)
    return normalise(pose)
  }

  /** Align from coarse to fine, beginning `coarser` levels above the finest; returns the evidence for the pose, 0 if too little. */
  private refine(template: Template, frame: FramePyramid, pose: Homography, coarser: number, leniency: number): number {
    const { aligner } = this
    this.weighed = 0
    const finest = finestLevel(template, pose)
    for (let level = Math.min(template.levels.length - 1, finest + coarser); level >= finest; level--) {
      const fine = level === finest
      if (!aligner.align(template.levels[level], frame, pose, fine ? 8 : 5, fine ? 0.01 : 0.1)) return 0
      const { seen, agreeing } = aligner.agreement
      if (!fine && agreeing * 5 < seen) return 0
    }
    return this.isPossible(template, frame, pose) ? this.weigh(template, frame, pose, finest, leniency) : 0
  }

  /** Could a camera see the print like this, and are all four corners known? */
  private isPossible(template: Template, frame: FramePyramid, pose: Homography): boolean {
    const half = Math.max(template.width, template.height)
    if (!(this.aligner.uncertaintyPx(pose, template.width / half, template.height / half) <= UNCERTAINTY_MAX_PX)) return false
    const { width, height } = frame.getLevel(0)
    const { corners } = this
    const unit = this.unit
    multiply(pose, template.toNormalised, unit)
    if (!normalise(unit)) return false
    projectCorners(unit, corners)
    return isPlausibleQuad(corners, QUAD_AREA_MIN_PX, SIDE_MAX_FRAMES * Math.max(width, height)) &&
      shapeViolation(unit, template.width, template.height, width, height) <= SHAPE_VIOLATION_MAX
  }

  /** A blurred frame shows its detail on a coarser level only, so any of three may prove the pose. */
  private weigh(template: Template, frame: FramePyramid, pose: Homography, finest: number, leniency: number): number {
    const { evidence } = this
    let best = 0
    this.weighed = 0
    for (let level = finest; level <= Math.min(finest + 2, template.levels.length - 1); level++) {
      weighEvidence(template.levels[level], frame, pose, evidence)
      if (evidence.seen < EVIDENCE_BLOCKS_MIN) continue
      // Chance correlations average out over blocks: the fewer there are, the better they must agree.
      const needed = 0.2 + 1.3 / Math.sqrt(evidence.seen) + 0.05 * (level - finest) - leniency
      if (evidence.mean < needed) continue
      best = Math.max(best, evidence.mean)
      this.weighed = Math.max(this.weighed, evidence.mean * Math.sqrt(evidence.seen))
    }
    return best
  }
}

function finestLevel(template: Template, pose: Homography): number {
  const scale = scaleAtCentre(pose)
  let level = 0
  while (level < template.levels.length - 1 && scale * template.levels[level].step < FRAME_PER_TEMPLATE_MIN) level++
  return level
}
