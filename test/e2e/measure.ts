/** Finds in a picture where a video of four plain colours stands. Runs in the page under test and in Node alike. */

import type { DrawnFrame } from '../../src/viewer/browser/drawn.ts'

export type Point = readonly [x: number, y: number]
export interface Pixels {
  data: ArrayLike<number>
  width: number
  height: number
}

/* What a page with src/viewer/browser/watch.fixture.ts in it keeps as `watched`. */

/** One frame with the video in full sight. */
export interface SeenFrame extends DrawnFrame {
  /** Where the pose puts the photo's corners, in camera pixels. */
  told: Point[]
  /** Where the video's own pixels are, looked for around the pose; in camera pixels. */
  corners: Point[] | undefined
  /** One row of pixels through the frame's number. */
  row: number[]
}

export interface Watched {
  seen: SeenFrame[]
  /** How many frames were drawn in each state. */
  drawn: Record<string, number>
}

/** The test video: one plain colour per quarter, in the order of the corners: top left, top right, bottom right, bottom left. */
export const quarterColours: readonly (readonly [number, number, number])[] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]

/** How far from where it should be an edge is looked for, in pixels. */
const REACH = 14
const SAMPLES_PER_EDGE = 40
const SAMPLES_MIN = 8
/** Colours differ by up to 441; encoding shifts them by this much at most. */
const COLOUR_SHIFT_MAX = 130
const CONTRAST_MIN = 90

/**
 * The four corners of the video in `pixels` (pixel centres at .5), from lines through its edges, found within 14 px of
 * `expected` (clockwise from the photo's top left). Undefined when the video is not there, or an edge is out of view.
 */
export function measureCorners(pixels: Pixels, expected: readonly Point[]): Point[] | undefined {
  const lines = expected.map((from, edge) => {
    const points = findEdge(pixels, from, expected[(edge + 1) % 4], edge)
    return points.length < SAMPLES_MIN ? undefined : fitLine(fitInliers(points))
  })
  if (lines.some((line) => line === undefined)) return undefined
  return lines.map((line, corner) => intersect(lines[(corner + 3) % 4]!, line!))
}

/** Points of one edge, from left to right when seen from inside with the outside up. */
function findEdge(pixels: Pixels, from: Point, to: Point, edge: number): Point[] {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1])
  const along: Point = [(to[0] - from[0]) / length, (to[1] - from[1]) / length]
  const outward: Point = [along[1], -along[0]]
  const points: Point[] = []
  for (let sample = 0; sample < SAMPLES_PER_EDGE; sample++) {
    const t = 0.06 + (0.88 * sample) / (SAMPLES_PER_EDGE - 1)
    // Near the middle two colours meet, and where exactly depends on the tilt.
    if (Math.abs(t - 0.5) < 0.12) continue
    const base: Point = [from[0] + along[0] * length * t, from[1] + along[1] * length * t]
    const offset = findOffset(pixels, base, outward, quarterColours[t < 0.5 ? edge : (edge + 1) % 4])
    if (offset !== undefined) points.push([base[0] + outward[0] * offset, base[1] + outward[1] * offset])
  }
  return points
}

/** Where, going outward from inside, the video's colour is half gone; in pixels from `base`. */
function findOffset(pixels: Pixels, base: Point, outward: Point, colour: readonly number[]): number | undefined {
  const at = (offset: number) => readColour(pixels, base[0] + outward[0] * offset, base[1] + outward[1] * offset)
  const inside = at(-REACH - 2)
  if (inside === undefined || distance(inside, colour) > COLOUR_SHIFT_MAX) return undefined
  for (let offset = -REACH; offset <= REACH; offset += 0.5) {
    const here = at(offset)
    if (here === undefined) return undefined
    if (distance(here, inside) < CONTRAST_MIN) continue
    const outside = at(offset + 1.5)
    if (outside === undefined) return undefined
    const half = distance(outside, inside) / 2
    if (half < CONTRAST_MIN / 2) return undefined
    return refine((position) => distance(at(position) ?? outside, inside) - half, offset - 2, offset + 1.5)
  }
  return undefined
}

/** The first zero of a rising function. */
function refine(rise: (position: number) => number, from: number, to: number): number | undefined {
  const step = 0.1
  for (let position = from; position < to; position += step) {
    const before = rise(position)
    const after = rise(position + step)
    if (before <= 0 && after > 0) return position + (step * -before) / (after - before)
  }
  return undefined
}

function readColour({ data, width, height }: Pixels, x: number, y: number): number[] | undefined {
  const left = Math.floor(x - 0.5)
  const top = Math.floor(y - 0.5)
  if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) return undefined
  const right = x - 0.5 - left
  const down = y - 0.5 - top
  return [0, 1, 2].map((channel) => {
    const at = (dx: number, dy: number) => data[4 * ((top + dy) * width + left + dx) + channel]
    return (at(0, 0) * (1 - right) + at(1, 0) * right) * (1 - down) + (at(0, 1) * (1 - right) + at(1, 1) * right) * down
  })
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

interface Line {
  x: number
  y: number
  dx: number
  dy: number
}

/** Without the points that stand far from the line that most of them agree on. */
function fitInliers(points: Point[]): Point[] {
  let kept = points
  for (let round = 0; round < 3; round++) {
    const line = fitLine(kept)
    const off = (point: Point) => Math.abs((point[0] - line.x) * line.dy - (point[1] - line.y) * line.dx)
    const typical = kept.map(off).sort((a, b) => a - b)[kept.length >> 1]
    const near = points.filter((point) => off(point) <= Math.max(0.3, 3 * typical))
    if (near.length < SAMPLES_MIN) return kept
    kept = near
  }
  return kept
}

/** Total least squares. */
function fitLine(points: readonly Point[]): Line {
  const mean = (pick: (point: Point) => number) => points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const x = mean((point) => point[0])
  const y = mean((point) => point[1])
  const xx = mean((point) => (point[0] - x) ** 2)
  const yy = mean((point) => (point[1] - y) ** 2)
  const xy = mean((point) => (point[0] - x) * (point[1] - y))
  const angle = Math.atan2(2 * xy, xx - yy) / 2
  return { x, y, dx: Math.cos(angle), dy: Math.sin(angle) }
}

function intersect(a: Line, b: Line): Point {
  const across = a.dx * b.dy - a.dy * b.dx
  const t = ((b.x - a.x) * b.dy - (b.y - a.y) * b.dx) / across
  return [a.x + a.dx * t, a.y + a.dy * t]
}
