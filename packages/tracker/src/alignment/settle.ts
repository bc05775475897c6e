import { isPlausibleQuad, multiply, normalise, projectCorners } from '../geometry/homography.ts'
import { shapeViolation } from '../geometry/plausible.ts'
import type { FramePyramid } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { Aligner, scaleAtCentre } from './align.ts'
import { RivalSearch } from './rival.ts'
import { BlockSearch } from './search.ts'
import { weighEvidence } from './verify.ts'
import type { Evidence } from './verify.ts'
import type { Template } from './template.ts'

/** The finest level used is the one where a frame pixel covers no more than 1 / 0.7 of its pixels. */
const FRAME_PER_TEMPLATE_MIN = 0.7
const QUAD_AREA_MIN_PX = 500
const SIDE_MAX_FRAMES = 4
/** Fewer blocks than this prove nothing, however well they agree. */
const EVIDENCE_BLOCKS_MIN = 5
/** What is not hidden must agree this well: half of a wall of bricks can be made to. */
const EVIDENCE_MIN = 0.64
const WHOLE_MIN = 0.45
/** A coarse level proves a pose only where the next coarser one, if it has a few blocks, agrees about as well. */
const COARSER_SHARE = 0.85
const COARSER_BLOCKS_MIN = 4
/** A corner that may be further off than this, were all detail seen, is not shown: what blur takes away it also makes less certain. */
const UNCERTAINTY_MAX_PX = 4.5
/** Seen in tests: at most 0.09 for poses within 2 px, mostly above 0.2 for wrong ones. */
const SHAPE_VIOLATION_MAX = 0.15
/** The level at which blocks are searched: about 80 pixels long. */
const SEARCH_LEVEL = 2
/** Detail on a level that agrees less than this may be blurred; it is when the next coarser level's agrees so much better. */
const SHARP_MIN = 0.6
const SHARPNESS_MIN = 0.65
/** With less evidence than this, look whether part of the photo is merely misplaced. */
const EVIDENCE_DOUBTED = 0.85

/** From a rough pose to a sub-pixel one that has been verified, or to none. */
export class Settler {
  /** Mean correlation of the visible photo's detail, 0–1, after the last `settle`. */
  confidence = 0
  /** The same times the square root of how much is visible: for choosing between guesses. */
  strength = 0
  private weighed = 0
  /** 0–1: how far the estimated uncertainty can be believed: less where blur took the finest detail, and where there is little at all. */
  private trust = 0
  private readonly evidence: Evidence = { seen: 0, mean: 0, whole: 0 }
  private readonly aligner = new Aligner()
  private readonly blocks = new BlockSearch()
  private readonly rivals = new RivalSearch()
  private readonly first = new Float64Array(9)
  private readonly second = new Float64Array(9)
  private readonly before = new Float64Array(9)
  private readonly levelPoses = Array.from({ length: 4 }, () => new Float64Array(9))
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

  /** The place on the photo's own plane that is most like `pose` (unit square to frame) but not it, into `out`; false when none is. */
  findRival(template: Template, frame: FramePyramid, pose: Homography, out: Homography): boolean {
    const { first, second } = this
    multiply(pose, template.fromNormalised, first)
    if (!normalise(first)) return false
    const level = template.levels[Math.min(template.levels.length - 1, Math.max(SEARCH_LEVEL, finestLevel(template, first)))]
    if (!this.rivals.find(level, frame, first, second)) return false
    multiply(second, template.toNormalised, out)
    return normalise(out)
  }

  /** Align from coarse to fine, beginning `coarser` levels above the finest; returns the evidence for the pose, 0 if too little. */
  private refine(template: Template, frame: FramePyramid, pose: Homography, coarser: number, leniency: number): number {
    const { aligner } = this
    this.weighed = 0
    const finest = finestLevel(template, pose)
    const { before, levelPoses } = this
    for (let level = Math.min(template.levels.length - 1, finest + coarser); level >= finest; level--) {
      const fine = level === finest
      before.set(pose)
      const aligned = aligner.align(template.levels[level], frame, pose, fine ? 8 : 5, fine ? 0.01 : 0.1)
      if (fine) {
        if (!aligned) return 0
        continue
      }
      // A coarse level has few blocks, and light or a hand upon them may lead astray: the next finer one must agree that it helped.
      const next = template.levels[level - 1]
      aligner.measure(next, frame, before)
      const { score } = aligner
      if (aligned) aligner.measure(next, frame, pose)
      if (!aligned || aligner.score < score) pose.set(before)
      levelPoses[level].set(pose)
    }
    if (!this.stepBack(template, frame, pose, finest, Math.min(template.levels.length - 1, finest + coarser))) return 0
    const evidence = this.weigh(template, frame, pose, finest, leniency)
    return evidence > 0 && this.isPossible(template, frame, pose) ? evidence : 0
  }

  /**
   * A blurred frame has lost the finest levels' detail, and what is left pulls alignment astray: go back to the level that still has it.
   * False when alignment fails there.
   */
  private stepBack(template: Template, frame: FramePyramid, pose: Homography, finest: number, coarsest: number): boolean {
    const { evidence, aligner, levelPoses } = this
    weighEvidence(template.levels[finest], frame, pose, evidence)
    let level = finest
    for (let detail = evidence.mean; level < coarsest && detail < SHARP_MIN; level++) {
      weighEvidence(template.levels[level + 1], frame, pose, evidence)
      if (evidence.seen < EVIDENCE_BLOCKS_MIN / 2 || detail > SHARPNESS_MIN * evidence.mean) break
      detail = evidence.mean
    }
    if (level === finest) return true
    pose.set(levelPoses[level])
    return aligner.align(template.levels[level], frame, pose, 6, 0.02)
  }

  /** Could a camera see the print like this, and are all four corners known? */
  private isPossible(template: Template, frame: FramePyramid, pose: Homography): boolean {
    const half = Math.max(template.width, template.height)
    if (!(this.aligner.uncertaintyPx(pose, template.width / half, template.height / half) <= UNCERTAINTY_MAX_PX * this.trust)) return false
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
    let best = 0, sharpness = 0, coarser = 1
    this.weighed = 0
    this.trust = 0
    for (let level = Math.min(finest + 2, template.levels.length - 1); level >= finest; level--) {
      weighEvidence(template.levels[level], frame, pose, evidence)
      const { seen, mean, whole } = evidence
      // Blur takes from fine levels first: where a still coarser level agrees less, a coarse level agrees by chance or in part.
      const doubted = level > finest && coarser < COARSER_SHARE * mean
      coarser = seen >= COARSER_BLOCKS_MIN ? mean : 1
      if (level === finest) sharpness = Math.max(0.2, mean)
      if (seen < EVIDENCE_BLOCKS_MIN || whole < WHOLE_MIN || doubted) continue
      // Chance correlations average out over blocks: the fewer there are, the better they must agree.
      const needed = Math.max(EVIDENCE_MIN, 0.2 + 0.7 / Math.sqrt(seen) + 3 / seen + 0.05 * (level - finest)) - leniency
      const amount = seen / (seen + 15)
      this.trust = Math.max(this.trust, amount)
      if (mean < needed) continue
      best = Math.max(best, mean)
      this.weighed = Math.max(this.weighed, mean * Math.sqrt(seen))
    }
    this.trust *= sharpness
    return best
  }
}

function finestLevel(template: Template, pose: Homography): number {
  const scale = scaleAtCentre(pose)
  let level = 0
  while (level < template.levels.length - 1 && scale * template.levels[level].step < FRAME_PER_TEMPLATE_MIN) level++
  return level
}
