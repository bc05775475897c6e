import { Extractor } from './features/extract.ts'
import { createKeypoints, DESCRIPTOR_WORDS } from './features/keypoints.ts'
import type { Keypoints } from './features/keypoints.ts'
import { fitWithin, resizeByArea } from './image/resize.ts'
import { createKernels } from './kernels/kernels.ts'
import { encodeImage, STEP_MAX, STEP_MIN } from './target/codec.ts'
import { FILE_BYTES_MAX, writeTargetFile } from './target/format.ts'
import type { TargetData } from './target/format.ts'
import { frontImage, KEYPOINTS_MAX, renderView, viewGeometry, VIEWS } from './target/views.ts'
import { selectKeypoints } from './target/select.ts'
import type { GrayImage } from './types.ts'
import { TrackerError } from './types.ts'

export interface CompileOptions {
  /** Called with 0–1 as the work proceeds, from the same thread. */
  onProgress?: (fraction: number) => void
  /** False: without SIMD, for engines that lack it; the bytes are the same. */
  simd?: boolean
}

const PHOTO_SIDE_MIN_PX = 100
/** Keypoints are taken from the photo at this size. */
const BASE_SIDE_PX = 608
/** The template has about this many pixels, whatever the photo's shape. */
const TEMPLATE_PIXELS = 62_000
/** With fewer keypoints from the front there is nothing to recognise. */
const FRONT_KEYPOINTS_MIN = 30

/**
 * Compile a photo into a target file, at most 60 KB; the same pixels give the same bytes in every engine.
 * @throws TrackerError `bad-image`, `too-small`, `no-texture`
 */
export function compile(photo: GrayImage, options: CompileOptions = {}): Uint8Array {
  checkPhoto(photo)
  const size = fitWithin(photo.width, photo.height, BASE_SIDE_PX)
  const base = resizeByArea(photo, size.width, size.height)
  options.onProgress?.(0.3)
  const data = collectKeypoints(photo, base, options)
  const templateScale = Math.min(1, Math.sqrt(TEMPLATE_PIXELS / (base.width * base.height)))
  const template = resizeByArea(base, Math.max(16, Math.floor(base.width * templateScale)), Math.max(16, Math.floor(base.height * templateScale)))
  data.templateWidth = template.width
  data.templateHeight = template.height
  const bytes = writeWithin(data, template)
  options.onProgress?.(1)
  return bytes
}

/** A photo full of fine texture takes more bits: code it more coarsely until the file is within its limit. */
function writeWithin(data: TargetData, template: GrayImage): Uint8Array {
  for (let step = STEP_MIN; ; step += 4) {
    data.template = encodeImage(template, step)
    const bytes = writeTargetFile(data)
    if (bytes.length <= FILE_BYTES_MAX || step + 4 > STEP_MAX) return bytes
  }
}

function checkPhoto(photo: GrayImage): void {
  const { data, width, height } = photo
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || data.length !== width * height) {
    throw new TrackerError('bad-image', 'data.length must be width × height, both positive integers')
  }
  if (Math.min(width, height) < PHOTO_SIDE_MIN_PX) throw new TrackerError('too-small', `a side is under ${PHOTO_SIDE_MIN_PX} px`)
}

function collectKeypoints(photo: GrayImage, base: GrayImage, { onProgress, simd }: CompileOptions): TargetData {
  const extractor = new Extractor(createKernels(simd).feature)
  const found = createKeypoints(4096)
  const all = emptyColumns(photo)
  const rows: number[][] = [[], [], []]
  let count = 0
  let front: GrayImage | undefined
  let frontSize = 0
  VIEWS.forEach((view, index) => {
    if (view.size !== frontSize) {
      front = frontImage(base, view.size)
      frontSize = view.size
    }
    const geometry = viewGeometry(view, photo.width, photo.height)
    found.count = 0
    extractor.extractLevel(renderView(front!, view, geometry), 1, found)
    for (const row of selectKeypoints(found, geometry, view.quota)) {
      rows[found.polarity[row]].push(count)
      storeKeypoint(found, row, geometry.matrix, index, all, count++)
    }
    if (view.squeeze === 1 && index === 5 && count < FRONT_KEYPOINTS_MIN) throw new TrackerError('no-texture', 'too little detail to recognise the photo by')
    onProgress?.(0.3 + 0.6 * (index + 1) / VIEWS.length)
  })
  return sortByPolarity(all, rows)
}

function emptyColumns(photo: GrayImage): TargetData {
  return {
    width: photo.width, height: photo.height, counts: [0, 0, 0],
    u: new Uint16Array(KEYPOINTS_MAX), v: new Uint16Array(KEYPOINTS_MAX),
    view: new Uint8Array(KEYPOINTS_MAX), angle: new Uint8Array(KEYPOINTS_MAX),
    descriptors: new Int32Array(KEYPOINTS_MAX * DESCRIPTOR_WORDS),
    templateWidth: 0, templateHeight: 0, template: new Uint8Array(0),
  }
}

function storeKeypoint(found: Keypoints, row: number, m: Float64Array, view: number, out: TargetData, to: number): void {
  const x = found.x[row] - m[2], y = found.y[row] - m[5]
  const determinant = m[0] * m[4] - m[1] * m[3]
  out.u[to] = toFraction((m[4] * x - m[1] * y) / determinant)
  out.v[to] = toFraction((m[0] * y - m[3] * x) / determinant)
  out.view[to] = view
  out.angle[to] = found.angle[row]
  const from = row * DESCRIPTOR_WORDS
  out.descriptors.set(found.descriptors.subarray(from, from + DESCRIPTOR_WORDS), to * DESCRIPTOR_WORDS)
}

function toFraction(value: number): number {
  return Math.max(0, Math.min(65_535, Math.floor(value * 65_536)))
}

function sortByPolarity(all: TargetData, rows: number[][]): TargetData {
  const order = rows.flat()
  const descriptors = new Int32Array(order.length * DESCRIPTOR_WORDS)
  order.forEach((row, to) => descriptors.set(all.descriptors.subarray(row * DESCRIPTOR_WORDS, (row + 1) * DESCRIPTOR_WORDS), to * DESCRIPTOR_WORDS))
  return {
    ...all,
    counts: [rows[0].length, rows[1].length, rows[2].length],
    u: Uint16Array.from(order, row => all.u[row]), v: Uint16Array.from(order, row => all.v[row]),
    view: Uint8Array.from(order, row => all.view[row]), angle: Uint8Array.from(order, row => all.angle[row]),
    descriptors,
  }
}
