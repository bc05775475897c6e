import { Settler } from './alignment/settle.ts'
import { Detector } from './detection/detector.ts'
import type { Chooser } from './detection/detector.ts'
import { normalise, poseFromCorners, projectCorners } from './geometry/homography.ts'
import { FramePyramid } from './image/pyramid.ts'
import { createKernels } from './kernels/kernels.ts'
import { LoadedTarget } from './target/target.ts'
import type { Target } from './target/target.ts'
import type { GrayImage, TrackResult } from './types.ts'
import { TrackerError } from './types.ts'

export interface TrackerOptions {
  targets: Target[]
  /** How long a lost pose is still shown, in milliseconds; 500 unless told. */
  holdMs?: number
  /** False: without SIMD, for engines that lack it; the poses are the same. */
  simd?: boolean
}

export interface Tracker {
  /**
   * Look at one frame. The result object and its pose are reused by the next call: copy what is kept.
   * @param timeMs when the frame was taken, on any clock that only goes forward
   * @throws TrackerError `bad-image`
   */
  track(frame: GrayImage, timeMs: number): TrackResult
  /** Replace the targets; starts searching again. */
  setTargets(targets: Target[]): void
  /** Forget the current pose; starts searching again. */
  reset(): void
}

const HOLD_MS = 500
/** A pose with this much evidence needs no comparison with other guesses. */
const CONFIDENCE_SURE = 0.85
/** Of two places that are both proven, as on a brick wall, one must be this much stronger; else neither is shown. */
const RIVAL_LEAD = 1.3
/** How much more evidence a doubtful pose must have than a wrong one of the same photo could. */
const IMITATION_LEAD = 0.05
/** How much less, where the photo was expected. */
const FOLLOW_LENIENCY = 0.12
/** Among the thousands of an album, chance finds more that looks right: in tests 98 % of right finds had over 0.95, wrong ones mostly under 0.5. */
const CONFIDENCE_AMONG_MANY = 0.6
/** How much less evidence is asked for where the photo was a moment ago. */
const LENIENCY = 0.06
/** Older than this, the previous pose says nothing about where the photo is now. */
const PREDICTION_MS_MAX = 250

export function createTracker(options: TrackerOptions): Tracker {
  return new PlanarTracker(options)
}

/** The tracker itself; with a `chooser` only the targets that it chooses are searched for. */
export class PlanarTracker implements Tracker {
  private targets: LoadedTarget[] = []
  private readonly holdMs: number
  private readonly frame = new FramePyramid()
  private readonly detector: Detector
  private readonly confidenceMin: number
  private readonly settler = new Settler()
  private readonly result: TrackResult = { state: 'searching', target: -1, pose: null, confidence: 0 }
  private readonly shown = new Float64Array(9)
  private readonly candidate = new Float64Array(9)
  private readonly trial = new Float64Array(9)
  private confidence = 0
  /** Of the guesses tried in this frame: the strongest, its target, and the strongest that contradicts it. */
  private strength = 0
  private rival = 0
  private guessed = -1
  /** The target that is shown; −1: none. */
  current = -1
  private readonly pose = new Float64Array(9)
  private readonly corners = new Float64Array(8)
  /** Corner movement per millisecond. */
  private readonly velocity = new Float64Array(8)
  private readonly trialCorners = new Float64Array(8)
  private readonly predicted = new Float64Array(8)
  private seenMs = -Infinity
  /** Frames searched since the photo was last seen. */
  private searches = 0
  private frameWidth = 0
  private frameHeight = 0

  constructor(options: TrackerOptions, chooser?: Chooser) {
    this.detector = new Detector(createKernels(options.simd), chooser)
    this.confidenceMin = chooser ? CONFIDENCE_AMONG_MANY : 0
    this.holdMs = options.holdMs ?? HOLD_MS
    this.setTargets(options.targets)
  }

  setTargets(targets: Target[]): void {
    this.targets = targets.map(checkTarget)
    this.detector.setTargets(this.targets)
    this.reset()
  }

  /** Put one target in another's place, or after the last; what is shown of others stays. */
  replaceTarget(place: number, target: Target): void {
    this.targets[place] = checkTarget(target)
    this.detector.setTargets(this.targets)
    if (place === this.current) this.reset()
  }

  reset(): void {
    this.searches = 0
    this.forget()
  }

  private forget(): void {
    this.current = -1
    this.seenMs = -Infinity
    this.velocity.fill(0)
  }

  track(frame: GrayImage, timeMs: number): TrackResult {
    checkFrame(frame)
    if (frame.width !== this.frameWidth || frame.height !== this.frameHeight) {
      this.frameWidth = frame.width
      this.frameHeight = frame.height
      this.reset()
    }
    this.frame.setFrame(frame)
    if (this.follow(timeMs) || this.find()) {
      this.accept(timeMs)
      return this.report('tracking', this.confidence)
    }
    if (this.current >= 0 && timeMs - this.seenMs <= this.holdMs) return this.report('held', 0)
    this.forget()
    return this.report('searching', 0)
  }

  /** Try the current target where it should be now, then where it was. */
  private follow(timeMs: number): boolean {
    const elapsed = timeMs - this.seenMs
    if (this.current < 0 || elapsed > PREDICTION_MS_MAX) return false
    const { settler, candidate } = this
    const template = this.targets[this.current].template
    for (let i = 0; i < 8; i++) this.predicted[i] = this.corners[i] + this.velocity[i] * elapsed
    let found = poseFromCorners(this.predicted, candidate) && settler.settle(template, this.frame, candidate, false, LENIENCY)
    if (!found) {
      candidate.set(this.pose)
      found = settler.settle(template, this.frame, candidate, true, LENIENCY)
      this.confidence = settler.confidence
      return found && (this.confidence >= CONFIDENCE_SURE || this.outdoesRivals(this.current, settler.strength, 0))
    }
    this.confidence = settler.confidence
    return found && (this.confidence >= CONFIDENCE_SURE || this.isBeyondImitation(this.current, FOLLOW_LENIENCY))
  }

  private find(): boolean {
    const { detector } = this
    const amongMany = this.confidenceMin > 0
    detector.detect(this.frame, this.searches++)
    this.forgetGuesses()
    while (detector.guess(this.guessed >= 0)) {
      this.tryGuesses()
      // Of an album all guesses contradict each other; of a few photos each round of guesses is proven by itself.
      if (!amongMany && this.guessed >= 0 && !this.isProven()) this.forgetGuesses()
    }
    if (this.guessed < 0 || (amongMany && !this.isProvenAmongMany())) return false
    if (this.guessed !== this.current) this.forget()
    this.current = this.guessed
    return true
  }

  private forgetGuesses(): void {
    this.confidence = this.strength = this.rival = 0
    this.guessed = -1
  }

  private isProven(): boolean {
    return this.confidence >= CONFIDENCE_SURE || this.outdoesRivals(this.guessed, this.strength, this.rival)
  }

  private isProvenAmongMany(): boolean {
    return this.rival * RIVAL_LEAD <= this.strength && this.confidence >= this.confidenceMin && this.isProven()
  }

  /** Align and verify the best guesses; what contradicts the best one is remembered. */
  private tryGuesses(): void {
    const { detector, settler } = this
    const trials = Math.min(detector.trialsMax, detector.count)
    for (let i = 0, sure = 0; i < trials && sure < CONFIDENCE_SURE; i++) {
      const hypothesis = detector.hypotheses[i]
      this.trial.set(hypothesis.pose)
      if (!settler.settle(this.targets[hypothesis.target].template, this.frame, this.trial, true, 0)) continue
      const elsewhere = this.guessed >= 0 && (hypothesis.target !== this.guessed || this.isElsewhere())
      if (elsewhere) this.rival = Math.max(this.rival, Math.min(this.strength, settler.strength))
      sure = Math.max(sure, settler.confidence)
      if (settler.strength <= this.strength) continue
      this.strength = settler.strength
      this.confidence = settler.confidence
      this.guessed = hypothesis.target
      this.candidate.set(this.trial)
    }
  }

  /** Of a doubtful pose in `candidate` and the place most like it, take the one that is clearly better; false when neither is. */
  private outdoesRivals(target: number, strength: number, rival: number): boolean {
    const { settler, candidate, trial } = this
    const { template } = this.targets[target]
    const confidence = this.confidence
    if (settler.findRival(template, this.frame, candidate, trial) && settler.settle(template, this.frame, trial, true, 0) && this.isElsewhere()) {
      if (settler.strength > strength) {
        rival = Math.max(rival, strength)
        strength = settler.strength
        this.confidence = settler.confidence
        candidate.set(trial)
      } else {
        rival = Math.max(rival, settler.strength)
        this.confidence = confidence
      }
    }
    return rival * RIVAL_LEAD <= strength && this.isBeyondImitation(target, 0)
  }

  /** Whether there is more evidence than wrong poses of the same photo may gather. */
  private isBeyondImitation(target: number, leniency: number): boolean {
    return this.confidence >= Math.min(CONFIDENCE_SURE, this.targets[target].imitation + IMITATION_LEAD) - leniency
  }

  /** Whether `trial` puts the photo elsewhere than `candidate`: a corner differs by over 8 % of the photo's longer diagonal. */
  private isElsewhere(): boolean {
    const { trialCorners, predicted } = this
    projectCorners(this.trial, trialCorners)
    projectCorners(this.candidate, predicted)
    let farthest = 0
    for (let i = 0; i < 8; i += 2) farthest = Math.max(farthest, Math.hypot(trialCorners[i] - predicted[i], trialCorners[i + 1] - predicted[i + 1]))
    const diagonal = Math.max(Math.hypot(predicted[4] - predicted[0], predicted[5] - predicted[1]), Math.hypot(predicted[6] - predicted[2], predicted[7] - predicted[3]))
    return farthest > 0.08 * diagonal
  }

  private accept(timeMs: number): void {
    const elapsed = timeMs - this.seenMs
    projectCorners(this.candidate, this.predicted)
    const known = elapsed > 0 && elapsed <= PREDICTION_MS_MAX
    for (let i = 0; i < 8; i++) {
      this.velocity[i] = known ? (this.predicted[i] - this.corners[i]) / elapsed : 0
      this.corners[i] = this.predicted[i]
    }
    this.searches = 0
    this.pose.set(this.candidate)
    normalise(this.pose)
    this.seenMs = timeMs
    this.shown.set(this.pose)
  }

  private report(state: TrackResult['state'], confidence: number): TrackResult {
    const { result } = this
    result.state = state
    result.target = state === 'searching' ? -1 : this.current
    result.pose = state === 'searching' ? null : this.shown
    result.confidence = Math.min(1, confidence)
    return result
  }
}

function checkTarget(target: Target): LoadedTarget {
  if (!(target instanceof LoadedTarget)) throw new TrackerError('not-a-target', 'targets come from readTarget')
  return target
}

function checkFrame(frame: GrayImage): void {
  const { data, width, height } = frame
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 16 || height < 16 || data.length !== width * height) {
    throw new TrackerError('bad-image', 'a frame has at least 16 × 16 pixels and data.length is width × height')
  }
}
