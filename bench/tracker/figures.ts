import { cornersOf } from '../../packages/tracker/src/simulate.ts'
import type { Homography } from '../../packages/tracker/src/types.ts'

/** What a tracker said of one frame, beside the truth. */
export interface FrameOutcome {
  state: 'searching' | 'tracking' | 'held'
  /** Root mean square distance of the four corners from the truth, px (POT-210's alignment error); null without a pose. */
  error: number | null
  /** The farthest corner's distance, px. */
  errorMax: number | null
  /** Measured corners, eight numbers, for jitter and lag. */
  corners: number[] | null
  ms: number
}

export interface SequenceOutcome {
  suite: string
  cell: string
  photo: string
  peer: boolean
  expectedFrom: number
  truth: number[][]
  frames: FrameOutcome[]
}

/** A verified pose this far off is a wrong one. */
export const WRONG_PX = 15
/** The photo counts as found while its corners are within this distance, or a tenth of its size if that is more. */
const LOCKED_PX = 10

export function compare(pose: ArrayLike<number> | null, truth: Homography): Pick<FrameOutcome, 'error' | 'errorMax' | 'corners'> {
  if (!pose) return { error: null, errorMax: null, corners: null }
  const corners = cornersOf(Float64Array.from(pose)), expected = cornersOf(truth)
  const distances = corners.map(([x, y], i) => Math.hypot(x - expected[i][0], y - expected[i][1]))
  return { error: Math.sqrt(distances.reduce((sum, d) => sum + d * d, 0) / 4), errorMax: Math.max(...distances), corners: corners.flat() }
}

export function isLocked(frame: FrameOutcome): boolean {
  return frame.state === 'tracking' && frame.error !== null && frame.error <= LOCKED_PX
}

export interface Figures {
  sequences: number
  frames: number
  /** Share of films in which the photo was found, and rightly, within the film. */
  lockRate: number
  /** Share of frames tracked rightly. */
  frameRate: number
  /** Share of frames within 5 px; a missed or held frame is not. */
  p5: number
  median: number | null
  p95: number | null
  /** Freshly tracked poses with a corner more than 15 px off. */
  wrong: number
  held: number
  heldMedian: number | null
  /** Frames from the photo's coming into full view to the first right pose, median over the films that locked. */
  framesToLock: number | null
  msMedian: number | null
}

export function summarise(outcomes: SequenceOutcome[]): Figures {
  const expected = outcomes.flatMap(outcome => outcome.frames.slice(outcome.expectedFrom))
  const fresh = outcomes.flatMap(outcome => outcome.frames).filter(frame => frame.state === 'tracking' && frame.error !== null)
  const counted = expected.filter(frame => frame.state === 'tracking' && frame.error !== null)
  const errors = counted.map(frame => frame.error!)
  const held = expected.filter(frame => frame.state === 'held' && frame.error !== null)
  const waits = outcomes.filter(outcome => outcome.frames.some(isLocked)).map(outcome => outcome.frames.findIndex(isLocked) - outcome.expectedFrom)
  return {
    sequences: outcomes.length,
    frames: expected.length,
    lockRate: share(outcomes, outcome => outcome.frames.some(isLocked)),
    frameRate: share(expected, isLocked),
    p5: share(expected, frame => frame.state === 'tracking' && frame.error !== null && frame.error <= 5),
    median: quantile(errors, 0.5),
    p95: quantile(errors, 0.95),
    wrong: fresh.filter(frame => frame.errorMax! > WRONG_PX).length,
    held: held.length,
    heldMedian: quantile(held.map(frame => frame.error!), 0.5),
    framesToLock: quantile(waits.map(wait => Math.max(0, wait) + 1), 0.5),
    msMedian: quantile(fresh.map(frame => frame.ms), 0.5),
  }
}

/** Root mean square distance of the corners from their own mean on a still camera, px; the first frames settle. */
export function jitterOf(outcomes: SequenceOutcome[], settle = 10): number | null {
  const squares = outcomes.flatMap(({ frames }) => {
    const seen = frames.slice(settle).flatMap(frame => frame.state === 'tracking' && frame.corners ? [frame.corners] : [])
    if (seen.length < 5) return []
    const mean = seen[0].map((_, i) => seen.reduce((sum, corners) => sum + corners[i], 0) / seen.length)
    return seen.flatMap(corners => [0, 2, 4, 6].map(i => (corners[i] - mean[i]) ** 2 + (corners[i + 1] - mean[i + 1]) ** 2))
  })
  return squares.length ? Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length) : null
}

/** How many frames the shown corners run behind the true ones: least squares of the offset along the true velocity. */
export function lagOf(outcomes: SequenceOutcome[], settle = 10): number | null {
  let behind = 0, speed = 0
  for (const { frames, truth } of outcomes) {
    for (let i = settle; i < frames.length - 1; i++) {
      const { state, corners, error } = frames[i]
      if (state === 'searching' || !corners || error! > WRONG_PX) continue
      corners.forEach((value, k) => {
        const velocity = (truth[i + 1][k] - truth[i - 1][k]) / 2
        behind += (truth[i][k] - value) * velocity
        speed += velocity * velocity
      })
    }
  }
  return speed > 0 ? behind / speed : null
}

export function quantile(values: number[], part: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const at = part * (sorted.length - 1), low = Math.floor(at)
  return sorted[low] + (sorted[Math.min(sorted.length - 1, low + 1)] - sorted[low]) * (at - low)
}

export function share<T>(items: T[], holds: (item: T) => boolean): number {
  return items.length ? items.filter(holds).length / items.length : 0
}
