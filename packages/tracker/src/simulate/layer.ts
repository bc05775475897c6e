import type { Homography } from '../types.ts'
import { cornersOf, invert } from './homography.ts'
import type { Pyramid } from './pyramid.ts'

/** One textured surface under a homography. */
export interface Layer {
  pyramid: Pyramid
  /** Unit square of the texture to frame pixels. */
  pose: Homography
  /** 'square' ends at the unit square; 'mirror' repeats for ever. */
  extent: 'square' | 'mirror'
  /** Samples per frame pixel along each axis: 4 keeps the photo sharp and free of aliasing up to a 3:1 foreshortening. */
  samples: number
  /** A print that is not flat: see `Scene.curl`. */
  bend?: { amount: number, axis: 'u' | 'v', normal: Float64Array }
  /** A printing screen, looked at once per pixel and so aliased as by a sensor. */
  screen?: { amount: number, cells: number }
}

/** Rows are exposed one after the other: the frame's movement in pixels from its first row to its last. */
export interface Rolling { dx: number, dy: number }

/**
 * Paints a layer over a frame. Each pixel is the mean over its area: `samples`² bilinear look-ups in the pyramid
 * level whose texels are at least as wide as the distance between look-ups; pixels at the border are covered in part.
 */
export function paintLayer(frame: Float32Array, width: number, height: number, layer: Layer, rolling: Rolling): void {
  const inverse = invert(layer.pose)
  if (!inverse) return
  const lens = new Look(layer, inverse)
  const box = layer.extent === 'square' ? boundsOf(layer, width, height, rolling) : { left: 0, top: 0, right: width, bottom: height }
  for (let y = box.top; y < box.bottom; y++) {
    const late = y / height - 0.5
    for (let x = box.left; x < box.right; x++) {
      const shade = lens.pixel(x - rolling.dx * late, y - rolling.dy * late)
      if (lens.coverage > 0) frame[y * width + x] += (shade - frame[y * width + x]) * lens.coverage
    }
  }
}

/** The part of the frame that a layer can touch, flat or bent; everything when a corner lies behind the camera. */
function boundsOf({ pose, bend }: Layer, width: number, height: number, rolling: Rolling): { left: number, top: number, right: number, bottom: number } {
  const whole = { left: 0, top: 0, right: width, bottom: height }
  const lifted = bend ? pose.map((value, i) => i % 3 === 2 ? value + bend.amount * bend.normal[(i - 2) / 3] : value) : pose
  if ([pose, lifted].some(one => [0, one[6], one[7], one[6] + one[7]].some(w => w + one[8] <= 1e-9))) return whole
  const corners = [...cornersOf(pose), ...cornersOf(lifted)]
  const xs = corners.map(corner => corner[0]), ys = corners.map(corner => corner[1])
  const slackX = Math.abs(rolling.dx) + 2, slackY = Math.abs(rolling.dy) + 2
  return {
    left: Math.max(0, Math.floor(Math.min(...xs) - slackX)), right: Math.min(width, Math.ceil(Math.max(...xs) + slackX)),
    top: Math.max(0, Math.floor(Math.min(...ys) - slackY)), bottom: Math.min(height, Math.ceil(Math.max(...ys) + slackY)),
  }
}

/** Looks through one frame pixel at a layer. Fields instead of return objects: it runs for every pixel. */
class Look {
  coverage = 0
  private u = 0
  private v = 0
  private readonly layer: Layer
  private readonly inverse: Float64Array
  /** The direction off the paper in the layer's own coordinates (u, v, w). */
  private readonly lift: Float64Array | null

  constructor(layer: Layer, inverse: Float64Array) {
    this.layer = layer
    this.inverse = inverse
    this.lift = layer.bend ? apply(inverse, layer.bend.normal) : null
  }

  /** The mean grey over the pixel whose top left corner is (left, top); sets `coverage`. */
  pixel(left: number, top: number): number {
    this.coverage = 0
    const { layer } = this
    const level = this.levelAt(left + 0.5, top + 0.5)
    if (level < 0) return 0
    const { data, width, height } = layer.pyramid.levels[level]
    const count = layer.samples
    let sum = 0, hits = 0
    for (let j = 0; j < count; j++) {
      for (let i = 0; i < count; i++) {
        if (!this.unproject(left + (i + 0.5) / count, top + (j + 0.5) / count)) continue
        if (layer.extent === 'mirror') this.fold()
        else if (this.u < 0 || this.u > 1 || this.v < 0 || this.v > 1) continue
        sum += bilinear(data, width, height, this.u * width - 0.5, this.v * height - 0.5)
        hits++
      }
    }
    if (hits === 0) return 0
    this.coverage = hits / (count * count)
    return sum / hits * (layer.screen ? this.screenAt(left + 0.5, top + 0.5, layer.screen) : 1)
  }

  /** The pyramid level for this pixel, or -1 when the pixel cannot touch the layer. */
  private levelAt(x: number, y: number): number {
    const m = this.inverse
    const w = m[6] * x + m[7] * y + m[8]
    if (w <= 0) return -1
    const u = (m[0] * x + m[1] * y + m[2]) / w, v = (m[3] * x + m[4] * y + m[5]) / w
    const ux = (m[0] - m[6] * u) / w, uy = (m[1] - m[7] * u) / w
    const vx = (m[3] - m[6] * v) / w, vy = (m[4] - m[7] * v) / w
    if (this.layer.extent === 'square') {
      const slack = this.layer.bend ? Math.abs(this.layer.bend.amount) * 2 : 0
      const du = Math.abs(ux) + Math.abs(uy) + slack, dv = Math.abs(vx) + Math.abs(vy) + slack
      if (u < -du || u > 1 + du || v < -dv || v > 1 + dv) return -1
    }
    const { levels } = this.layer.pyramid
    const { width, height } = levels[0]
    const a = ux * width, b = uy * width, c = vx * height, d = vy * height
    const half = (a * a + b * b + c * c + d * d) / 2
    const determinant = a * d - b * c
    const largest = half + Math.sqrt(Math.max(0, half * half - determinant * determinant))
    let step = largest / (this.layer.samples * this.layer.samples), level = 0
    while (step > 1 && level < levels.length - 1) { step /= 4; level++ }
    return level
  }

  /** Frame position to the layer's (u, v); false behind the camera. */
  private unproject(x: number, y: number): boolean {
    const m = this.inverse
    const w = m[6] * x + m[7] * y + m[8]
    if (w <= 0) return false
    const q0 = m[0] * x + m[1] * y + m[2], q1 = m[3] * x + m[4] * y + m[5]
    this.u = q0 / w
    this.v = q1 / w
    if (this.lift && this.layer.bend) {
      const { amount, axis } = this.layer.bend
      // The height depends on where we land and the landing on the height: four rounds settle it to a thousandth of a pixel.
      for (let round = 0; round < 4; round++) {
        const along = 2 * (axis === 'u' ? this.u : this.v) - 1
        const lifted = amount * (1 - along * along)
        const ray = (1 + lifted * this.lift[2]) / w
        this.u = ray * q0 - lifted * this.lift[0]
        this.v = ray * q1 - lifted * this.lift[1]
      }
    }
    return true
  }

  /** Mirrors (u, v) into the unit square: a repeat without seams. */
  private fold(): void {
    this.u -= 2 * Math.floor(this.u / 2)
    this.v -= 2 * Math.floor(this.v / 2)
    if (this.u > 1) this.u = 2 - this.u
    if (this.v > 1) this.v = 2 - this.v
  }

  private screenAt(x: number, y: number, screen: { amount: number, cells: number }): number {
    this.unproject(x, y)
    const turn = 2 * Math.PI * screen.cells
    return 1 + screen.amount * Math.sin(turn * this.u) * Math.sin(turn * this.v)
  }
}

/** Bilinear look-up at array coordinates (pixel centres at whole numbers), the border repeated. */
function bilinear(data: Float32Array, width: number, height: number, x: number, y: number): number {
  if (x < 0) x = 0
  else if (x > width - 1) x = width - 1
  if (y < 0) y = 0
  else if (y > height - 1) y = height - 1
  const left = Math.floor(x), top = Math.floor(y)
  const right = left + 1 < width ? 1 : 0, down = top + 1 < height ? width : 0
  const fx = x - left, fy = y - top, at = top * width + left
  const upper = data[at] + (data[at + right] - data[at]) * fx
  const lower = data[at + down] + (data[at + down + right] - data[at + down]) * fx
  return upper + (lower - upper) * fy
}

function apply(m: Float64Array, vector: Float64Array): Float64Array {
  const out = new Float64Array(3)
  for (let row = 0; row < 3; row++) out[row] = m[row * 3] * vector[0] + m[row * 3 + 1] * vector[1] + m[row * 3 + 2] * vector[2]
  return out
}
