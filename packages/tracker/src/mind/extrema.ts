import { double, halve } from './pyramid.ts'
import type { Octaves, Plane } from './pyramid.ts'

/** A blob: where the difference of two smoothings peaks. Coordinates in the octave's own pixels. */
export interface Extremum { score: number, octave: number, x: number, y: number }

const CONTRAST_MIN = 3
/** Hessian's trace² / determinant above this is an edge (Lowe 2004, section 4.1, with r = 4). */
const EDGE_MAX = (4 + 1) ** 2 / 4
const BORDER_PX = 7
const BUCKETS = 10
const PER_BUCKET = 5

/**
 * The strongest blobs, at most five in each cell of a ten by ten grid, refined below the pixel (Brown & Lowe 2002). The
 * rules are those of MindAR's detector: descriptors only match where both sides choose the same points.
 */
export function findExtrema({ differences }: Octaves): Extremum[] {
  const buckets: Extremum[][] = Array.from({ length: BUCKETS * BUCKETS }, () => [])
  for (let octave = 1; octave < differences.length - 1; octave++) {
    const here = differences[octave]
    const below = halve(differences[octave - 1]), above = double(differences[octave + 1], here.width, here.height)
    const cellWidth = 2 * (here.width >> 1) / BUCKETS, cellHeight = 2 * (here.height >> 1) / BUCKETS
    for (const { x, y, score } of extremaOf(here, below, above)) {
      keepStrongest(buckets[Math.floor(y / cellHeight) * BUCKETS + Math.floor(x / cellWidth)], { score, octave, x, y })
    }
  }
  return buckets.flat().map(extremum => refine(extremum, differences[extremum.octave]))
}

function keepStrongest(bucket: Extremum[], extremum: Extremum): void {
  let rank = bucket.length
  while (rank > 0 && Math.abs(extremum.score) > Math.abs(bucket[rank - 1].score)) rank--
  if (rank < PER_BUCKET) bucket.splice(rank, 0, extremum)
  if (bucket.length > PER_BUCKET) bucket.pop()
}

/** Row by row in cells of two by two, one extremum per cell: two neighbours can't both be one unless they are equal. */
function* extremaOf(here: Plane, below: Plane, above: Plane): Generator<{ x: number, y: number, score: number }> {
  const order = [[0, 1], [1, 0], [1, 1], [0, 0]]
  for (let cellY = 0; cellY < here.height >> 1; cellY++) {
    for (let cellX = 0; cellX < here.width >> 1; cellX++) {
      const found = order.find(([dx, dy]) => isExtremum(here, below, above, 2 * cellX + dx, 2 * cellY + dy))
      if (!found) continue
      const x = 2 * cellX + found[0], y = 2 * cellY + found[1]
      yield { x, y, score: here.data[y * here.width + x] }
    }
  }
}

function isExtremum(here: Plane, below: Plane, above: Plane, x: number, y: number): boolean {
  const { data, width, height } = here
  const value = data[y * width + x]
  if (value * value < CONTRAST_MIN * CONTRAST_MIN) return false
  if (x < BORDER_PX || y < BORDER_PX || x > width - 1 - BORDER_PX || y > height - 1 - BORDER_PX) return false
  const sign = value > 0 ? 1 : -1
  for (const plane of [here, below, above]) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        // An odd side leaves `below` without its last column: the border repeats.
        const at = Math.min(plane.height - 1, y + dy) * plane.width + Math.min(plane.width - 1, x + dx)
        if (sign * plane.data[at] > sign * value) return false
      }
    }
  }
  const { dxx, dyy, dxy } = curvature(here, x, y)
  const determinant = dxx * dyy - dxy * dxy
  return Math.abs(determinant) >= 0.0001 && Math.abs((dxx + dyy) ** 2 / determinant) < EDGE_MAX
}

function curvature({ data, width }: Plane, x: number, y: number): { dxx: number, dyy: number, dxy: number } {
  const at = y * width + x
  return {
    dxx: data[at + 1] + data[at - 1] - 2 * data[at],
    dyy: data[at + width] + data[at - width] - 2 * data[at],
    dxy: 0.25 * (data[at - width - 1] + data[at + width + 1] - data[at - width + 1] - data[at + width - 1]),
  }
}

function refine(extremum: Extremum, plane: Plane): Extremum {
  const { x, y } = extremum
  const at = y * plane.width + x
  const dx = 0.5 * (plane.data[at + 1] - plane.data[at - 1]), dy = 0.5 * (plane.data[at + plane.width] - plane.data[at - plane.width])
  const { dxx, dyy, dxy } = curvature(plane, x, y)
  const determinant = dxx * dyy - dxy * dxy
  return { ...extremum, x: x + (dxy * dy - dyy * dx) / determinant, y: y + (dxy * dx - dxx * dy) / determinant }
}
