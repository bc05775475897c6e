import { Extractor } from '../features/extract.ts'
import { createKeypoints } from '../features/keypoints.ts'
import type { Keypoints } from '../features/keypoints.ts'
import { createImageBuffer, shrinkInto } from '../image/pyramid.ts'
import type { FramePyramid } from '../image/pyramid.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { LoadedTarget } from '../target/target.ts'
import { findHypotheses, HYPOTHESES_MAX } from './hypotheses.ts'
import type { Hypothesis } from './hypotheses.ts'
import { collectMatches, createMatches, DISTANCE_MAX, MATCHES_MAX } from './match.ts'
import { summarise } from './shortlist.ts'
import type { Summary } from './shortlist.ts'

/** Detection looks at a copy no longer than this. */
const DETECTION_SIDE_MAX_PX = 800
/**
 * Pyramid levels searched by turns: every frame the common sizes, every other frame besides or instead the enlarged frame, in which a
 * small photo has more keypoints.
 */
const PASSES: readonly (readonly number[])[] = [[5, 4, 3, 2, 1, 0], [3, 2, 1, -1]]
const KEYPOINTS_MAX = 8000
const SUPPORT_MIN = 3.5
/** With more targets than this, summaries of all of them choose this many to search for in full. */
const SHORTLIST = 3
const SUMMARY_DISTANCE_MAX = 60
const SUMMARY_MATCHES_MAX = 120
/** On even searches summaries are compared with keypoints of levels at least this coarse only, on odd ones with all. */
const SUMMARY_SCALE_MIN = 1.9

/** Chooses which targets to search for in full, instead of summaries of all of them. */
export interface Chooser {
  /** Targets by their number, likeliest first; −1 ends them. */
  readonly chosen: Int32Array
  /** @param coarse how many of the keypoints, which begin with the coarse levels, are enough */
  choose(keypoints: Keypoints, coarse: number): void
  /** Whether the target at this place is so likely that the one just found, before it, may be mistaken for it. */
  isRival(place: number): boolean
}

/** Finds targets in a frame from nothing. */
export class Detector {
  /** Sorted, best first; `count` of them are of the last `guess`. */
  readonly hypotheses: Hypothesis[] = []
  count = 0
  private next = 0
  private readonly kernels: Kernels
  private readonly extractor: Extractor
  private readonly keypoints = createKeypoints(KEYPOINTS_MAX)
  private readonly matches = createMatches()
  private readonly small = createImageBuffer()
  private targets: readonly LoadedTarget[] = []
  private summaries: Summary[] = []
  private readonly chooser: Chooser | undefined
  private readonly chosen: Int32Array
  private readonly chosenSupport = new Float64Array(SHORTLIST)

  constructor(kernels: Kernels, chooser?: Chooser) {
    this.kernels = kernels
    this.chooser = chooser
    this.chosen = chooser?.chosen ?? new Int32Array(SHORTLIST)
    this.extractor = new Extractor(kernels.feature)
  }

  setTargets(targets: readonly LoadedTarget[]): void {
    this.targets = targets
    this.summaries = this.shortlists && this.chooser === undefined ? targets.map(summarise) : []
    this.kernels.match.setTables([...targets.map(target => target.table), ...this.summaries.map(summary => summary.table)])
    while (this.hypotheses.length < (SHORTLIST + 1) * HYPOTHESES_MAX) {
      this.hypotheses.push({ target: -1, support: 0, inliers: 0, pose: new Float64Array(9) })
    }
  }

  /** Prepare a frame; then ask for guesses. `pass` counts the searches since the photo was last seen. */
  detect(frame: FramePyramid, pass: number): void {
    const whole = frame.getLevel(0)
    const factor = Math.ceil(Math.max(whole.width, whole.height) / DETECTION_SIDE_MAX_PX)
    if (factor > 1) shrinkInto(whole, factor, this.small)
    this.extractor.extractLevels(factor > 1 ? this.small : whole, PASSES[pass % PASSES.length], this.keypoints)
    if (factor > 1) this.enlarge(factor)
    this.count = 0
    const { kernels, keypoints } = this
    kernels.match.setQueries(keypoints.descriptors, keypoints.polarity, keypoints.count)
    this.next = 0
    if (!this.shortlists) return
    const coarse = pass & 1 ? keypoints.count : this.countCoarse(factor)
    if (this.chooser) this.chooser.choose(keypoints, coarse)
    else this.chooseTargets(coarse)
  }

  private get shortlists(): boolean {
    return this.chooser !== undefined || this.targets.length > SHORTLIST
  }

  private countCoarse(factor: number): number {
    const { count, scale } = this.keypoints
    let coarse = count
    while (coarse > 0 && scale[coarse - 1] < SUMMARY_SCALE_MIN * factor) coarse--
    return coarse
  }

  /** How many of the guesses are worth a trial: fewer where other targets wait their turn. */
  get trialsMax(): number {
    return this.shortlists ? 3 : 8
  }

  /**
   * The next guesses into `hypotheses`, best first: of all targets together when they are few, else of one target of the shortlist after
   * another, so that the rest need not be searched for once one is found. False when there are no more.
   * @param found a target has been found: only what it may be mistaken for is of interest still
   */
  guess(found: boolean): boolean {
    const { targets, chosen, chooser } = this
    this.count = 0
    if (this.shortlists) {
      while (found && this.next < chosen.length && chosen[this.next] >= 0 && !chooser?.isRival(this.next)) this.next++
      if (this.next >= chosen.length || chosen[this.next] < 0) return false
      this.searchFor(chosen[this.next++])
    } else {
      if (this.next++ > 0) return false
      for (let i = 0; i < targets.length; i++) this.searchFor(i)
    }
    this.sort()
    return true
  }

  private searchFor(index: number): void {
    const { row, distance } = this.kernels.match.findNearest(index, DISTANCE_MAX + 1)
    collectMatches(row, distance, this.keypoints.count, MATCHES_MAX, this.matches)
    this.count += findHypotheses(this.keypoints, this.targets[index], index, this.matches, this.hypotheses, this.count)
  }

  /** The targets whose summaries have the best-supported guesses. */
  private chooseTargets(count: number): void {
    const { chosen, chosenSupport, keypoints, matches, summaries, hypotheses, kernels } = this
    chosen.fill(-1)
    chosenSupport.fill(0)
    kernels.match.setQueries(keypoints.descriptors, keypoints.polarity, count)
    for (let i = 0; i < this.targets.length; i++) {
      const { rows } = summaries[i]
      const { row, distance } = kernels.match.findNearest(this.targets.length + i, SUMMARY_DISTANCE_MAX + 1)
      collectMatches(row, distance, count, SUMMARY_MATCHES_MAX, matches)
      for (let j = 0; j < matches.count; j++) matches.target[j] = rows[matches.target[j]]
      if (findHypotheses(keypoints, this.targets[i], i, matches, hypotheses, 0, 1) > 0) this.rank(i, hypotheses[0].support)
    }
    kernels.match.setQueries(keypoints.descriptors, keypoints.polarity, keypoints.count)
  }

  private rank(index: number, support: number): void {
    const { chosen, chosenSupport } = this
    let place = SHORTLIST
    while (place > 0 && chosenSupport[place - 1] < support) place--
    for (let i = SHORTLIST - 1; i > place; i--) {
      chosen[i] = chosen[i - 1]
      chosenSupport[i] = chosenSupport[i - 1]
    }
    if (place === SHORTLIST) return
    chosen[place] = index
    chosenSupport[place] = support
  }

  /** From the small copy's pixels to the frame's. */
  private enlarge(factor: number): void {
    const { count, x, y, scale } = this.keypoints
    for (let i = 0; i < count; i++) {
      x[i] *= factor
      y[i] *= factor
      scale[i] *= factor
    }
  }

  private sort(): void {
    const { hypotheses } = this
    for (let i = 1; i < this.count; i++) {
      const moving = hypotheses[i]
      let j = i
      for (; j > 0 && hypotheses[j - 1].support < moving.support; j--) hypotheses[j] = hypotheses[j - 1]
      hypotheses[j] = moving
    }
    while (this.count > 0 && hypotheses[this.count - 1].support < SUPPORT_MIN) this.count--
  }
}
