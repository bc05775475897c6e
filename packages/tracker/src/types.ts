/**
 * One 8-bit grey image, row by row, without padding: `data.length === width * height`.
 * Pixel (0, 0) has its centre at (0.5, 0.5); the image spans [0, width] × [0, height].
 */
export interface GrayImage {
  data: Uint8Array
  width: number
  height: number
}

/**
 * A 3×3 homography, row by row, scaled so that its last element is 1. A pose maps the photo's unit square
 * (u right, v down, (0, 0) top left, (1, 1) bottom right) to frame pixels:
 * x = (h0·u + h1·v + h2) / (h6·u + h7·v + h8), y = (h3·u + h4·v + h5) / (h6·u + h7·v + h8).
 */
export type Homography = Float64Array

/**
 * What the tracker says of one frame.
 * - `searching`: no photo; `pose` is null.
 * - `tracking`: found in this very frame and verified.
 * - `held`: not found in this frame; `pose` is the last verified one, shown for a moment longer.
 */
export interface TrackResult {
  state: 'searching' | 'tracking' | 'held'
  /** Index into the tracker's targets; -1 while searching. */
  target: number
  pose: Homography | null
  /** 0–1: how much of the visible photo agrees with the frame. */
  confidence: number
}

export type TrackerErrorCode =
  'no-texture' | 'too-small' | 'bad-image' | 'not-a-target' | 'not-an-index' | 'bad-index' | 'newer-version' | 'damaged'

/** What can be wrong with a photo, a frame or a target file. `code` is stable; `message` is English, for developers. */
export class TrackerError extends Error {
  readonly code: TrackerErrorCode
  constructor(code: TrackerErrorCode, message: string) {
    super(message)
    this.name = 'TrackerError'
    this.code = code
  }
}
