import type { Extremum } from './extrema.ts'
import type { Octaves, Plane } from './pyramid.ts'

/** A point as a `.mind` file stores it; the descriptor is 21 × 32 bits of 666 comparisons. */
export interface MindPoint {
  maxima: boolean
  x: number
  y: number
  scale: number
  angle: number
  descriptors: number[]
}

const BINS = 36
const SMOOTHINGS = 5
const SMOOTHING = [0.274068619061197, 0.451862761877606, 0.274068619061197]
const GAUSSIAN = 3
const RADIUS = 4.5
const PATTERN_SCALE = 7

/** Rings of six samples around a centre, as in FREAK (Alahi, Ortiz & Vandergheynst 2012): radius, and where the first sits in degrees. */
const RINGS = [[1, 180], [0.930969, 90], [0.847306, 0], [0.741094, 270], [0.595502, 180], [0.362783, 90]]
const PER_RING = 6
const SAMPLES = [...RINGS.flatMap(([radius, start]) => Array.from({ length: PER_RING }, (_, i) => {
  const angle = (start + 60 * i) * Math.PI / 180
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
})), [0, 0]]
const BYTES = Math.ceil(SAMPLES.length * (SAMPLES.length - 1) / 16)

/** Points with orientation and descriptor, in pixels of the image the octaves were built from. */
export function describe(extrema: Extremum[], { smooth }: Octaves): MindPoint[] {
  return extrema.map(extremum => {
    const plane = smooth[extremum.octave], scale = 2 ** extremum.octave
    const angle = orientationOf(plane, Math.trunc(extremum.x), Math.trunc(extremum.y))
    return {
      maxima: extremum.score > 0,
      x: extremum.x * scale + scale / 2 - 0.5, y: extremum.y * scale + scale / 2 - 0.5,
      scale, angle, descriptors: compareSamples(plane, extremum, angle),
    }
  })
}

/** The strongest direction of the gradients around, between the histogram's bins by a parabola (Lowe 2004, section 5). */
function orientationOf(plane: Plane, x: number, y: number): number {
  let histogram = histogramOf(plane, x, y)
  for (let round = 0; round < SMOOTHINGS; round++) {
    histogram = histogram.map((value, i) => SMOOTHING[0] * histogram[(i + BINS - 1) % BINS] + SMOOTHING[1] * value + SMOOTHING[2] * histogram[(i + 1) % BINS])
  }
  const peak = histogram.indexOf(Math.max(...histogram))
  const before = histogram[(peak + BINS - 1) % BINS], after = histogram[(peak + 1) % BINS]
  const bend = before - 2 * histogram[peak] + after
  const offset = bend === 0 ? 0 : (before - after) / (2 * bend)
  return 2 * Math.PI * (peak + offset + 0.5) / BINS - Math.PI
}

function histogramOf(plane: Plane, x: number, y: number): Float64Array {
  const histogram = new Float64Array(BINS)
  const reach = Math.ceil(RADIUS)
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const distance = dx * dx + dy * dy
      if (distance > RADIUS * RADIUS) continue
      const gx = pixel(plane, x + dx + 1, y + dy) - pixel(plane, x + dx - 1, y + dy)
      const gy = pixel(plane, x + dx, y + dy + 1) - pixel(plane, x + dx, y + dy - 1)
      const weight = Math.exp(-distance / (2 * GAUSSIAN * GAUSSIAN)) * Math.hypot(gx, gy)
      const place = (Math.atan2(gy, gx) + Math.PI) * BINS / (2 * Math.PI) - 0.5
      const bin = Math.floor(place), part = place - bin
      histogram[(bin + BINS) % BINS] += weight * (1 - part)
      histogram[(bin + 1 + BINS) % BINS] += weight * part
    }
  }
  return histogram
}

/** One bit per pair of samples: is the first darker? Eight to a byte, the first highest; four bytes to a number. */
function compareSamples(plane: Plane, { x, y }: Extremum, angle: number): number[] {
  const cosine = PATTERN_SCALE * Math.cos(angle), sine = PATTERN_SCALE * Math.sin(angle)
  const values = SAMPLES.map(([sx, sy]) => sampleAt(plane, x + sx * cosine - sy * sine, y + sx * sine + sy * cosine))
  const bytes = new Uint8Array(BYTES)
  let bit = 0
  for (let i = 0; i < values.length; i++) {
    for (let k = i + 1; k < values.length; k++, bit++) if (values[i] < values[k] + 0.01) bytes[bit >> 3] |= 128 >> (bit & 7)
  }
  const view = new DataView(bytes.buffer)
  return Array.from({ length: BYTES / 4 }, (_, i) => view.getUint32(4 * i))
}

function sampleAt(plane: Plane, x: number, y: number): number {
  const left = Math.floor(x), top = Math.floor(y)
  const fx = x - left, fy = y - top
  const upper = pixel(plane, left, top) * (1 - fx) + pixel(plane, left + 1, top) * fx
  const lower = pixel(plane, left, top + 1) * (1 - fx) + pixel(plane, left + 1, top + 1) * fx
  return upper * (1 - fy) + lower * fy
}

function pixel({ data, width, height }: Plane, x: number, y: number): number {
  return data[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]
}
