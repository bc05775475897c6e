import type { Keypoints } from '../features/keypoints.ts'
import { DESCRIPTOR_WORDS } from '../features/keypoints.ts'
import type { TargetData } from '../target/format.ts'

/** Descriptors further apart than this many of their 256 bits say nothing. */
export const DISTANCE_MAX = 72
const MATCHES_MAX = 400

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

const nearest = new Int32Array(8192)
const distances = new Uint8Array(8192)
const histogram = new Int32Array(DISTANCE_MAX + 2)

export function matchKeypoints(frame: Keypoints, target: TargetData, out: Matches): void {
  histogram.fill(0)
  const ends = [target.counts[0], target.counts[0] + target.counts[1], target.counts[0] + target.counts[1] + target.counts[2]]
  for (let i = 0; i < frame.count; i++) {
    const polarity = frame.polarity[i]
    findNearest(frame.descriptors, i, target.descriptors, polarity === 0 ? 0 : ends[polarity - 1], ends[polarity])
    if (distances[i] <= DISTANCE_MAX) histogram[distances[i]]++
  }
  let limit = 0
  for (let total = histogram[0]; limit < DISTANCE_MAX && total + histogram[limit + 1] <= MATCHES_MAX; limit++) total += histogram[limit + 1]
  // Counting sort by distance.
  for (let d = 0, start = 0; d <= limit; d++) {
    const size = histogram[d]
    histogram[d] = start
    start += size
    out.count = start
  }
  for (let i = 0; i < frame.count; i++) {
    if (distances[i] > limit) continue
    const to = histogram[distances[i]]++
    if (to >= MATCHES_MAX) continue
    out.frame[to] = i
    out.target[to] = nearest[i]
    out.distance[to] = distances[i]
  }
  out.count = Math.min(out.count, MATCHES_MAX)
}

function findNearest(query: Int32Array, row: number, all: Int32Array, from: number, to: number): void {
  const q = row * DESCRIPTOR_WORDS
  const q0 = query[q], q1 = query[q + 1], q2 = query[q + 2], q3 = query[q + 3]
  const q4 = query[q + 4], q5 = query[q + 5], q6 = query[q + 6], q7 = query[q + 7]
  let best = DISTANCE_MAX + 1
  let bestAt = -1
  for (let i = from, k = from * DESCRIPTOR_WORDS; i < to; i++, k += DESCRIPTOR_WORDS) {
    let distance = countBits(q0 ^ all[k]) + countBits(q1 ^ all[k + 1]) + countBits(q2 ^ all[k + 2])
    if (distance >= best) continue
    distance += countBits(q3 ^ all[k + 3]) + countBits(q4 ^ all[k + 4]) + countBits(q5 ^ all[k + 5])
    if (distance >= best) continue
    distance += countBits(q6 ^ all[k + 6]) + countBits(q7 ^ all[k + 7])
    if (distance < best) {
      best = distance
      bestAt = i
    }
  }
  nearest[row] = bestAt
  distances[row] = best
}

function countBits(v: number): number {
  v -= (v >>> 1) & 0x55555555
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
