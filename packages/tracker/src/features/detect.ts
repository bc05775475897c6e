import type { LevelAnalysis } from '../kernels/kernels.ts'

/**
 * Interest points: extrema of the determinant of the Hessian (Beaudet 1978; Lindeberg 1998), blobs and saddles alike. It
 * keeps its place under blur and in dim light, where corner tests by threshold go blind. Integers only.
 */

/** A descriptor's samples stay inside the image at this distance from its edge, in level pixels. */
export const KEYPOINT_MARGIN = 14
const CELL = 16
const PER_CELL = 2
/** Below this the response is sensor noise (σ ≈ 3 grey levels), in squared 12-bit units. */
const RESPONSE_MIN = 1500

/** Candidates of one level, the strongest of every cell of 16 × 16 pixels; reused between frames. */
export interface Candidates {
  count: number
  /** Index of the pixel in the level. */
  at: Int32Array
  response: Int32Array
}

export function createCandidates(): Candidates {
  return { count: 0, at: new Int32Array(0), response: new Int32Array(0) }
}

/** Positive determinant: blob; negative: saddle. */
export function findCandidates(level: LevelAnalysis, out: Candidates): void {
  const { width, height, responses } = level
  out.count = 0
  const columns = Math.ceil(width / CELL)
  const cells = columns * Math.ceil(height / CELL)
  if (out.at.length < cells * PER_CELL) {
    out.at = new Int32Array(cells * PER_CELL)
    out.response = new Int32Array(cells * PER_CELL)
  }
  out.response.fill(0, 0, cells * PER_CELL)
  for (let y = KEYPOINT_MARGIN; y < height - KEYPOINT_MARGIN; y++) {
    const cellRow = (y >> 4) * columns
    const row = y * width
    for (let x = KEYPOINT_MARGIN; x < width - KEYPOINT_MARGIN; x++) {
      const at = row + x
      const response = Math.abs(responses[at])
      if (response < RESPONSE_MIN || !isPeak(responses, at, width, response)) continue
      keepStrongest(out, (cellRow + (x >> 4)) * PER_CELL, at, response)
    }
  }
  compact(out, cells * PER_CELL)
}

function isPeak(responses: Int32Array, at: number, width: number, response: number): boolean {
  return Math.abs(responses[at - 1]) < response && Math.abs(responses[at + 1]) <= response &&
    Math.abs(responses[at - width]) < response && Math.abs(responses[at + width]) <= response &&
    Math.abs(responses[at - width - 1]) < response && Math.abs(responses[at - width + 1]) < response &&
    Math.abs(responses[at + width - 1]) <= response && Math.abs(responses[at + width + 1]) <= response
}

function keepStrongest(out: Candidates, slot: number, at: number, response: number): void {
  const { response: kept, at: places } = out
  if (response <= kept[slot + 1]) return
  if (response > kept[slot]) {
    kept[slot + 1] = kept[slot]
    places[slot + 1] = places[slot]
    kept[slot] = response
    places[slot] = at
  } else {
    kept[slot + 1] = response
    places[slot + 1] = at
  }
}

function compact(out: Candidates, slots: number): void {
  for (let slot = 0; slot < slots; slot++) {
    if (out.response[slot] === 0) continue
    out.at[out.count] = out.at[slot]
    out.response[out.count++] = out.response[slot]
  }
}

/** Sub-pixel offset of a peak along one axis: the vertex of the parabola through three responses, within ±0.5. */
export function peakOffset(before: number, centre: number, after: number): number {
  const a = Math.abs(before), b = Math.abs(centre), c = Math.abs(after)
  const curvature = a - 2 * b + c
  if (curvature >= 0) return 0
  const offset = 0.5 * (a - c) / curvature
  return offset < -0.5 ? -0.5 : offset > 0.5 ? 0.5 : offset
}
