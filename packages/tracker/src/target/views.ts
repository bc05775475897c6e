import { resizeByArea } from '../image/resize.ts'
import type { GrayImage } from '../types.ts'

/**
 * The views of a photo that its keypoints are taken from: sizes a factor √2 apart, seen from the front and tilted along several
 * axes (the affine simulation of ASIFT, Morel & Yu 2009, moved from the search to the compiler). A keypoint stores the index of
 * its view, so this table is part of the file format: a change of it is a new version.
 */
export interface View {
  /** Longer side of the untilted photo in this view, in pixels. */
  size: number
  /** How much the photo is squeezed: 1 / cos(tilt). */
  squeeze: number
  /** Direction of the squeeze: cos and sin. */
  cos: number
  sin: number
  /** How many keypoints it may contribute. */
  quota: number
}

const ROOT_HALF = 0.7071067811865476
const ROOT_THREE_HALF = 0.8660254037844386

/** cos and sin of the eight axes 22.5° apart, and of the six 30° apart. */
const C8 = 0.9238795325112867
const S8 = 0.3826834323650898
const FOUR_AXES: readonly (readonly [number, number])[] = [[1, 0], [ROOT_HALF, ROOT_HALF], [0, 1], [-ROOT_HALF, ROOT_HALF]]
const SIX_AXES: readonly (readonly [number, number])[] = [
  [1, 0], [ROOT_THREE_HALF, 0.5], [0.5, ROOT_THREE_HALF], [0, 1], [-0.5, ROOT_THREE_HALF], [-ROOT_THREE_HALF, 0.5],
]
const EIGHT_AXES: readonly (readonly [number, number])[] = [
  [1, 0], [C8, S8], [ROOT_HALF, ROOT_HALF], [S8, C8], [0, 1], [-S8, C8], [-ROOT_HALF, ROOT_HALF], [-C8, S8],
]

/** Sizes and quotas of keypoints: from the front, and per axis at tilts of 45°, 60° and 67°. */
const FRONT: readonly (readonly [size: number, quota: number])[] = [[304, 40], [215, 60], [152, 70], [108, 60], [76, 45], [54, 25]]
const TILTED: readonly (readonly [squeeze: number, axes: readonly (readonly [number, number])[], sizes: readonly (readonly [size: number, quota: number])[]])[] = [
  [1.4142135623730951, FOUR_AXES, [[215, 14], [152, 18], [108, 18], [76, 14]]],
  [2, SIX_AXES, [[215, 10], [152, 12], [108, 12], [76, 8]]],
  [2.6, EIGHT_AXES, [[215, 7], [152, 7], [108, 6]]],
]

export const VIEWS: readonly View[] = [
  ...FRONT.map(([size, quota]) => ({ size, squeeze: 1, cos: 1, sin: 0, quota })),
  ...TILTED.flatMap(([squeeze, axes, sizes]) => sizes.flatMap(([size, quota]) => axes.map(([cos, sin]) => ({ size, squeeze, cos, sin, quota })))),
]

export const KEYPOINTS_MAX = VIEWS.reduce((sum, view) => sum + view.quota, 0)

/** Room around the photo in a view, so that keypoints near its edge can be described. */
export const VIEW_MARGIN = 10

/** Photo (unit square) to view pixels, affine: x = m0·u + m1·v + m2, y = m3·u + m4·v + m5; and the view's size. */
export interface ViewGeometry {
  matrix: Float64Array
  width: number
  height: number
}

export function viewGeometry(view: View, photoWidth: number, photoHeight: number): ViewGeometry {
  const scale = view.size / Math.max(photoWidth, photoHeight)
  const w = photoWidth * scale
  const h = photoHeight * scale
  const { cos, sin } = view
  const k = 1 / view.squeeze
  const matrix = new Float64Array([cos * w * k, sin * h * k, 0, -sin * w, cos * h, 0])
  const minX = Math.min(0, matrix[0]) + Math.min(0, matrix[1])
  const minY = Math.min(0, matrix[3]) + Math.min(0, matrix[4])
  matrix[2] = VIEW_MARGIN - minX
  matrix[5] = VIEW_MARGIN - minY
  return {
    matrix,
    width: Math.ceil(Math.abs(matrix[0]) + Math.abs(matrix[1])) + 2 * VIEW_MARGIN,
    height: Math.ceil(Math.abs(matrix[3]) + Math.abs(matrix[4])) + 2 * VIEW_MARGIN,
  }
}

/** Draw a view; beyond the photo's edge the edge itself goes on. `front` is the photo at the view's size, untilted. */
export function renderView(front: GrayImage, view: View, geometry: ViewGeometry): GrayImage {
  const { matrix, width, height } = geometry
  const data = new Uint8Array(width * height)
  const determinant = matrix[0] * matrix[4] - matrix[1] * matrix[3]
  const ux = matrix[4] / determinant * front.width, uy = -matrix[1] / determinant * front.width
  const vx = -matrix[3] / determinant * front.height, vy = matrix[0] / determinant * front.height
  const taps = view.squeeze > 1 ? 3 : 1
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let tap = 0; tap < taps; tap++) {
        const px = x + (tap + 0.5) / taps - matrix[2], py = y + 0.5 - matrix[5]
        sum += sampleClamped(front, px * ux + py * uy - 0.5, px * vx + py * vy - 0.5)
      }
      data[y * width + x] = Math.floor(sum / taps + 0.5)
    }
  }
  return { data, width, height }
}

function sampleClamped(image: GrayImage, x: number, y: number): number {
  const { data, width, height } = image
  const cx = x < 0 ? 0 : x > width - 1.001 ? width - 1.001 : x
  const cy = y < 0 ? 0 : y > height - 1.001 ? height - 1.001 : y
  const ix = Math.floor(cx), iy = Math.floor(cy)
  const fx = cx - ix, fy = cy - iy
  const at = iy * width + ix
  const top = data[at] + (data[at + 1] - data[at]) * fx
  const bottom = data[at + width] + (data[at + width + 1] - data[at + width]) * fx
  return top + (bottom - top) * fy
}

/** The photo at a view's size from the front; each size is made from the base, so that errors do not add up. */
export function frontImage(base: GrayImage, size: number): GrayImage {
  const scale = Math.min(1, size / Math.max(base.width, base.height))
  return resizeByArea(base, Math.max(2, Math.floor(base.width * scale + 0.5)), Math.max(2, Math.floor(base.height * scale + 0.5)))
}
