import { ANGLE_STEPS } from '../features/keypoints.ts'
import { VIEWS } from '../target/views.ts'

const ANGLE_BINS = 16
const STEPS_PER_BIN = ANGLE_STEPS / ANGLE_BINS
/** Sizes a factor √2 apart. */
const SIZE_BINS = 10
const BINS = ANGLE_BINS * SIZE_BINS
/** The view that on the finest level falls into the first bin. */
const SMALLEST_VIEW_PX = 76
const SIZE_STEPS = VIEWS.map(({ size }) => Math.round(2 * Math.log2(size / SMALLEST_VIEW_PX)))

/**
 * Weak geometric consistency (Jégou, Douze & Schmid 2008): the right matches of a photo all turn it by the same angle and see it at the same size,
 * wrong ones scatter over all angles and sizes. So every match votes for its photo in a bin of both, and a photo counts as its best bin.
 */
export class Votes {
  private readonly bins: Float64Array
  private readonly photos: number

  constructor(photos: number) {
    this.photos = photos
    this.bins = new Float64Array(photos * BINS)
  }

  clear(): void {
    this.bins.fill(0)
  }

  /**
   * @param turn the keypoint's angle less the row's, 64ths of a turn
   * @param scale frame pixels per pixel of the level on which the keypoint was found
   */
  add(photo: number, turn: number, scale: number, view: number, weight: number): void {
    const size = Math.max(0, Math.min(SIZE_BINS - 1, Math.round(2 * Math.log2(scale)) + SIZE_STEPS[view]))
    const at = photo * BINS + size * ANGLE_BINS
    const angle = turn & (ANGLE_STEPS - 1)
    const bin = Math.floor(angle / STEPS_PER_BIN), beyond = (angle % STEPS_PER_BIN) / STEPS_PER_BIN
    this.bins[at + bin] += weight * (1 - beyond)
    this.bins[at + (bin + 1) % ANGLE_BINS] += weight * beyond
  }

  /** Photos with the most votes in two neighbouring angles into `out`, best first; returns how many. */
  rank(out: Int32Array, score: Float64Array): number {
    let count = 0
    for (let photo = 0; photo < this.photos; photo++) {
      const votes = this.best(photo)
      if (votes <= (count < out.length ? 0 : score[out.length - 1])) continue
      let place = count < out.length ? count++ : out.length - 1
      for (; place > 0 && score[place - 1] < votes; place--) {
        out[place] = out[place - 1]
        score[place] = score[place - 1]
      }
      out[place] = photo
      score[place] = votes
    }
    return count
  }

  private best(photo: number): number {
    const { bins } = this
    let best = 0
    for (let row = photo * BINS; row < (photo + 1) * BINS; row += ANGLE_BINS) {
      for (let angle = 0; angle < ANGLE_BINS; angle++) {
        const both = bins[row + angle] + bins[row + (angle + 1) % ANGLE_BINS]
        if (both > best) best = both
      }
    }
    return best
  }
}
