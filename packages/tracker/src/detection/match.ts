/** Descriptors further apart than this many of their 256 bits say nothing. */
export const DISTANCE_MAX = 72
export const MATCHES_MAX = 800

/** Pairs of a frame keypoint and its nearest keypoint of one target, the nearest pairs first. */
export interface Matches {
  count: number
  frame: Int32Array
  target: Int32Array
  distance: Uint8Array
}

export function createMatches(): Matches {
  return { count: 0, frame: new Int32Array(MATCHES_MAX), target: new Int32Array(MATCHES_MAX), distance: new Uint8Array(MATCHES_MAX) }
}

const histogram = new Int32Array(DISTANCE_MAX + 2)

/** From what `MatchKernel.findNearest` found for `count` frame keypoints. */
export function collectMatches(nearest: Int32Array, distances: Uint8Array, count: number, most: number, out: Matches): void {
  histogram.fill(0)
  for (let i = 0; i < count; i++) if (distances[i] <= DISTANCE_MAX && nearest[i] >= 0) histogram[distances[i]]++
  let limit = 0
  out.count = 0
  for (let total = histogram[0]; limit < DISTANCE_MAX && total + histogram[limit + 1] <= most; limit++) total += histogram[limit + 1]
  // Counting sort by distance.
  for (let d = 0, start = 0; d <= limit; d++) {
    const size = histogram[d]
    histogram[d] = start
    start += size
    out.count = start
  }
  for (let i = 0; i < count; i++) {
    if (distances[i] > limit || nearest[i] < 0) continue
    const to = histogram[distances[i]]++
    if (to >= MATCHES_MAX) continue
    out.frame[to] = i
    out.target[to] = nearest[i]
    out.distance[to] = distances[i]
  }
  out.count = Math.min(out.count, MATCHES_MAX)
}
