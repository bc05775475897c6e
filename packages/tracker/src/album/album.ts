import type { Chooser } from '../detection/detector.ts'
import type { Keypoints } from '../features/keypoints.ts'
import type { Target } from '../target/target.ts'
import { PlanarTracker } from '../tracker.ts'
import { TrackerError } from '../types.ts'
import type { GrayImage, TrackResult } from '../types.ts'
import { LoadedAlbumIndex } from './index.ts'
import type { AlbumIndex } from './index.ts'
import { AlbumSearch, FOUND_MAX } from './search.ts'

export interface AlbumTrackerOptions {
  index: AlbumIndex
  /** Called within `track`: this photo may be in view. Answer by `load` or `skip`, now or later. */
  onWant: (photo: number) => void
  /** Targets in memory, 16 unless told; the one used longest ago makes room. */
  loadedMax?: number
  /** As `TrackerOptions` has them. */
  holdMs?: number
  simd?: boolean
}

/** Finds and follows any photo of an album. Photos are numbers: places in the index's `ids`. */
export interface AlbumTracker {
  /**
   * Look at one frame; the result's `target` is the photo. As with `Tracker`, the result is reused by the next call.
   * @throws TrackerError `bad-image`
   */
  track(frame: GrayImage, timeMs: number): TrackResult
  /**
   * Here is the target of a photo that was wanted.
   * @throws TrackerError `not-a-target`, `bad-index`: the album has no such photo, or it has another shape
   */
  load(photo: number, target: Target): void
  /** The target cannot be had; it is wanted again after some seconds. */
  skip(photo: number): void
  reset(): void
}

const LOADED_MAX = 16
/** With less support, nothing is asked for. Of frames without any of 1,100 photos, half are below 7 and nearly all below 10. */
const SUPPORT_MIN = 4
/** From here on photos are asked for at once; below, now and then only, so that an empty room does not load the album. */
const SUPPORT_SURE = 10
const DOUBTFUL_MS = 1_000
const SKIPPED_MS = 5_000
/** A photo supported so much as this part of the one that was found may be what is seen, too: a picture of the same burst. */
const RIVAL_SHARE = 0.5

/** @throws TrackerError `not-an-index` */
export function createAlbumTracker(options: AlbumTrackerOptions): AlbumTracker {
  return new ShelfTracker(options)
}

/** An ordinary tracker with a shelf of a few targets, filled as the index finds what may be in view. */
class ShelfTracker implements AlbumTracker, Chooser {
  readonly chosen = new Int32Array(FOUND_MAX)
  private readonly index: LoadedAlbumIndex
  private readonly search: AlbumSearch
  private readonly tracker: PlanarTracker
  private readonly onWant: (photo: number) => void
  private readonly loadedMax: number
  /** Place on the shelf to photo, and when it was last of use. */
  private readonly photos: number[] = []
  private readonly usedMs: number[] = []
  /** Photo to place on the shelf, or where its target is instead. */
  private readonly places: Int32Array
  private readonly askableMs: Float64Array
  private readonly chosenSupport = new Float64Array(FOUND_MAX)
  private doubtfulMs = -Infinity
  private nowMs = 0

  constructor({ index, onWant, loadedMax = LOADED_MAX, holdMs, simd }: AlbumTrackerOptions) {
    if (!(index instanceof LoadedAlbumIndex)) throw new TrackerError('not-an-index', 'an index comes from readAlbumIndex')
    this.index = index
    this.search = new AlbumSearch(index.data)
    this.tracker = new PlanarTracker({ targets: [], holdMs, simd }, this)
    this.onWant = onWant
    // Rivals must fit beside each other, or they would push each other out for ever.
    this.loadedMax = Math.max(FOUND_MAX + 1, loadedMax)
    this.places = new Int32Array(index.ids.length).fill(ABSENT)
    this.askableMs = new Float64Array(index.ids.length).fill(-Infinity)
  }

  track(frame: GrayImage, timeMs: number): TrackResult {
    this.nowMs = timeMs
    const result = this.tracker.track(frame, timeMs)
    if (result.target < 0) return result
    this.usedMs[result.target] = timeMs
    result.target = this.photos[result.target]
    return result
  }

  load(photo: number, target: Target): void {
    const { widths, heights } = this.index.data
    if (!(photo in this.places) || target.width !== widths[photo] || target.height !== heights[photo]) {
      throw new TrackerError('bad-index', 'this is not the target of a photo in the index')
    }
    if (this.places[photo] >= 0) return
    const place = this.photos.length < this.loadedMax ? this.photos.length : this.oldestPlace()
    this.tracker.replaceTarget(place, target)
    if (place < this.photos.length) this.places[this.photos[place]] = ABSENT
    this.photos[place] = photo
    this.usedMs[place] = this.nowMs
    this.places[photo] = place
  }

  skip(photo: number): void {
    if (this.places[photo] !== WANTED) return
    this.places[photo] = ABSENT
    this.askableMs[photo] = this.nowMs + SKIPPED_MS
  }

  reset(): void {
    this.tracker.reset()
  }

  choose(keypoints: Keypoints, coarse: number): void {
    const { search, chosen, chosenSupport, places } = this
    search.search(keypoints, coarse)
    chosen.fill(-1)
    const likeliest = search.count > 0 ? search.support[0] : 0
    const mayAsk = likeliest >= SUPPORT_SURE || this.nowMs >= this.doubtfulMs
    let awaited = 0, count = 0, asked = false
    for (let i = 0; i < search.count && search.support[i] >= SUPPORT_MIN; i++) {
      const photo = search.found[i], support = search.support[i]
      if (places[photo] === ABSENT && mayAsk && support >= RIVAL_SHARE * likeliest && this.nowMs >= this.askableMs[photo]) {
        asked = true
        places[photo] = WANTED
        this.onWant(photo)
      }
      // It may have come at once.
      const place = places[photo]
      if (place === WANTED || (place === ABSENT && this.nowMs >= this.askableMs[photo])) awaited = Math.max(awaited, support)
      if (place < 0) continue
      this.usedMs[place] = this.nowMs
      chosen[count] = place
      chosenSupport[count++] = support
    }
    if (asked) this.doubtfulMs = this.nowMs + DOUBTFUL_MS
    // What may be mistaken for a photo that is still on its way is not looked for: it could be shown in the other's place.
    for (let i = 0; i < count; i++) if (awaited >= RIVAL_SHARE * chosenSupport[i]) chosen[i] = -1
  }

  isRival(place: number): boolean {
    return this.chosenSupport[place] >= RIVAL_SHARE * this.chosenSupport[0]
  }

  private oldestPlace(): number {
    let oldest = this.tracker.current === 0 ? 1 : 0
    for (let place = 0; place < this.photos.length; place++) {
      if (place !== this.tracker.current && this.usedMs[place] < this.usedMs[oldest]) oldest = place
    }
    return oldest
  }
}

const ABSENT = -1
const WANTED = -2
