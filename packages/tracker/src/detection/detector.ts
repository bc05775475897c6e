import { Extractor } from '../features/extract.ts'
import { createKeypoints } from '../features/keypoints.ts'
import { createImageBuffer, shrinkInto } from '../image/pyramid.ts'
import type { FramePyramid } from '../image/pyramid.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { LoadedTarget } from '../target/target.ts'
import { findHypotheses, HYPOTHESES_MAX } from './hypotheses.ts'
import type { Hypothesis } from './hypotheses.ts'
import { collectMatches, createMatches, DISTANCE_MAX } from './match.ts'

/** Detection looks at a copy no longer than this. */
const DETECTION_SIDE_MAX_PX = 800
const LEVELS = 6
const KEYPOINTS_MAX = 8000
const SUPPORT_MIN = 3.5

/** Finds targets in a frame from nothing. */
export class Detector {
  /** Sorted, best first; `count` of them are of the last frame. */
  readonly hypotheses: Hypothesis[] = []
  count = 0
  private readonly kernels: Kernels
  private readonly extractor: Extractor
  private readonly keypoints = createKeypoints(KEYPOINTS_MAX)
  private readonly matches = createMatches()
  private readonly small = createImageBuffer()

  private targets: readonly LoadedTarget[] = []

  constructor(kernels: Kernels) {
    this.kernels = kernels
    this.extractor = new Extractor(kernels.feature)
  }

  setTargets(targets: readonly LoadedTarget[]): void {
    this.targets = targets
    this.kernels.match.setTables(targets.map(target => target.table))
    while (this.hypotheses.length < targets.length * HYPOTHESES_MAX) {
      this.hypotheses.push({ target: -1, support: 0, inliers: 0, pose: new Float64Array(9) })
    }
  }

  detect(frame: FramePyramid): void {
    const whole = frame.getLevel(0)
    const factor = Math.ceil(Math.max(whole.width, whole.height) / DETECTION_SIDE_MAX_PX)
    if (factor > 1) shrinkInto(whole, factor, this.small)
    this.extractor.extractPyramid(factor > 1 ? this.small : whole, LEVELS, false, this.keypoints)
    if (factor > 1) this.enlarge(factor)
    this.count = 0
    const { kernels, keypoints, targets } = this
    kernels.match.setQueries(keypoints.descriptors, keypoints.polarity, keypoints.count)
    for (let i = 0; i < targets.length; i++) {
      const { row, distance } = kernels.match.findNearest(i, DISTANCE_MAX + 1)
      collectMatches(row, distance, keypoints.count, this.matches)
      this.count += findHypotheses(this.keypoints, targets[i], i, this.matches, this.hypotheses, this.count)
    }
    this.sort()
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
