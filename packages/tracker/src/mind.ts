import { compile } from './compile.ts'
import { clusterPoints } from './mind/cluster.ts'
import { describe } from './mind/describe.ts'
import { findExtrema } from './mind/extrema.ts'
import { damaged, pack, Unpacker } from './mind/msgpack.ts'
import type { Packable } from './mind/msgpack.ts'
import { trackingPoints } from './mind/points.ts'
import { buildOctaves } from './mind/pyramid.ts'
import { resizeByArea } from './image/resize.ts'
import type { GrayImage } from './types.ts'
import { TrackerError } from './types.ts'

/** Target files of MindAR 1.x (MIT, github.com/hiukim/mind-ar-js): MessagePack, format version 2. */
const VERSION = 2
const PHOTO_SIDE_MIN_PX = 100
/** Larger photos are shrunk first: they track no better and take MindAR's reader longer. */
const PHOTO_SIDE_MAX_PX = 640
const SMALLEST_SIDE_PX = 100
const TRACKING_SIDES_PX = [256, 128]
const SCALE_STEP = 2 ** (1 / 3)
/** What a reader accepts. */
const TARGETS_MAX = 1_000
const IMAGE_SIDE_MAX_PX = 4_096

/**
 * Compile photos into one `.mind` file, in their order, for MindAR's controller.
 * @throws TrackerError `bad-image`, `too-small`
 */
export function compileMind(photos: readonly GrayImage[]): Uint8Array {
  return pack({ v: VERSION, dataList: photos.map(mindTarget) })
}

/** A photo as a `.mind` file keeps it. */
export interface MindImage {
  /** Size of the photo that was compiled, px. */
  width: number
  height: number
  /** The photo in small: its shorter side is 256 px, or 128 px where the photo was smaller than that. */
  image: GrayImage
}

/**
 * The photos in a `.mind` file, whoever made it.
 * @throws TrackerError `not-a-target`, `newer-version`, `damaged`
 */
export function readMind(bytes: Uint8Array): MindImage[] {
  if ((bytes[0] & 0xf0) !== 0x80) throw new TrackerError('not-a-target', 'a .mind file begins with a MessagePack map')
  const unpacker = new Unpacker(bytes)
  let images: MindImage[] | undefined, version: number | undefined
  for (let pairs = unpacker.map(); pairs > 0; pairs--) {
    const key = unpacker.text()
    if (key === 'v') version = checkVersion(unpacker.number())
    else if (key === 'dataList') images = readList(unpacker, TARGETS_MAX, readEntry)
    else unpacker.skip()
  }
  if (version === undefined || images === undefined) throw new TrackerError('not-a-target', 'a .mind file has `v` and `dataList`')
  return images
}

/**
 * One of our target files for each photo of a `.mind` file: its keypoints are found anew in the small picture that the file
 * carries, so the tracker sees no difference to a photo of that size.
 * @throws TrackerError `not-a-target`, `newer-version`, `damaged`, `no-texture`, `too-small`
 */
export function targetsFromMind(bytes: Uint8Array): Uint8Array[] {
  return readMind(bytes).map(({ image }) => compile(image))
}

function mindTarget(photo: GrayImage): Packable {
  const { data, width, height } = photo
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || data.length !== width * height) {
    throw new TrackerError('bad-image', 'data.length must be width × height, both positive integers')
  }
  if (Math.min(width, height) < PHOTO_SIDE_MIN_PX) throw new TrackerError('too-small', `a side is under ${PHOTO_SIDE_MIN_PX} px`)
  const shrink = Math.max(PHOTO_SIDE_MAX_PX / Math.max(width, height), SMALLEST_SIDE_PX / Math.min(width, height))
  const image = shrink < 1 ? atScale(photo, shrink) : photo
  return {
    targetImage: { width: image.width, height: image.height },
    trackingData: TRACKING_SIDES_PX.map(side => trackingLevel(image, side / Math.min(image.width, image.height))),
    matchingData: matchingScales(image).map(scale => matchingLevel(image, scale)),
  }
}

function trackingLevel(image: GrayImage, scale: number): Packable {
  const level = atScale(image, scale)
  return { data: level.data, scale, width: level.width, height: level.height, points: trackingPoints(level) as unknown as Packable[] }
}

function matchingLevel(image: GrayImage, scale: number): Packable {
  const level = scale === 1 ? image : atScale(image, scale)
  const octaves = buildOctaves({ ...level, data: Float32Array.from(level.data) })
  const points = describe(findExtrema(octaves), octaves)
  const maximaPoints = points.filter(point => point.maxima), minimaPoints = points.filter(point => !point.maxima)
  return {
    maximaPoints, minimaPoints, maximaPointsCluster: clusterPoints(maximaPoints), minimaPointsCluster: clusterPoints(minimaPoints),
    width: level.width, height: level.height, scale,
  } as unknown as Packable
}

/** From full size down to 100 px on the shorter side, a third of an octave apart. */
function matchingScales({ width, height }: GrayImage): number[] {
  const scales: number[] = []
  for (let scale = SMALLEST_SIDE_PX / Math.min(width, height); scale < 0.95; scale *= SCALE_STEP) scales.push(scale)
  return [1, ...scales.reverse()]
}

/** Area average when shrinking; bilinear when enlarging, which only MindAR's tracking levels of small photos need. */
function atScale(image: GrayImage, scale: number): GrayImage {
  const width = Math.round(image.width * scale), height = Math.round(image.height * scale)
  if (scale <= 1) return resizeByArea(image, width, height)
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const sy = Math.min(image.height - 1, Math.max(0, (y + 0.5) / scale - 0.5)), top = Math.floor(sy), down = top + 1 < image.height ? image.width : 0
    for (let x = 0; x < width; x++) {
      const sx = Math.min(image.width - 1, Math.max(0, (x + 0.5) / scale - 0.5)), left = Math.floor(sx), right = left + 1 < image.width ? 1 : 0
      const at = top * image.width + left, fx = sx - left
      const upper = image.data[at] * (1 - fx) + image.data[at + right] * fx, lower = image.data[at + down] * (1 - fx) + image.data[at + down + right] * fx
      data[y * width + x] = Math.round(upper + (lower - upper) * (sy - top))
    }
  }
  return { data, width, height }
}

function checkVersion(version: number): number {
  if (version > VERSION) throw new TrackerError('newer-version', `.mind version ${version}; this tracker reads ${VERSION}`)
  if (version !== VERSION) throw damaged(`version ${version}`)
  return version
}

function readList<T>(unpacker: Unpacker, max: number, read: (unpacker: Unpacker) => T): T[] {
  const count = unpacker.list()
  if (count > max) throw damaged(`${count} entries; at most ${max}`)
  return Array.from({ length: count }, () => read(unpacker))
}

function readEntry(unpacker: Unpacker): MindImage {
  let size: { width: number, height: number } | undefined, levels: GrayImage[] = []
  for (let pairs = unpacker.map(); pairs > 0; pairs--) {
    const key = unpacker.text()
    if (key === 'targetImage') size = readSize(unpacker)
    else if (key === 'trackingData') levels = readList(unpacker, TRACKING_SIDES_PX.length, readLevel)
    else unpacker.skip()
  }
  if (!size || levels.length === 0) throw damaged('a target without size or pictures')
  // MindAR leaves holes where it enlarges a photo, so the larger level is only taken when it is none.
  const image = levels.find(level => Math.min(level.width, level.height) <= Math.min(size.width, size.height)) ?? levels[levels.length - 1]
  return { ...size, image }
}

function readSize(unpacker: Unpacker): { width: number, height: number } {
  const { width, height } = readNumbers(unpacker)
  if (!(width! >= 1 && height! >= 1)) throw damaged('size of the photo')
  return { width: width!, height: height! }
}

function readNumbers(unpacker: Unpacker): { width?: number, height?: number, data?: Uint8Array } {
  const values: { width?: number, height?: number, data?: Uint8Array } = {}
  for (let pairs = unpacker.map(); pairs > 0; pairs--) {
    const key = unpacker.text()
    if (key === 'width' || key === 'height') values[key] = unpacker.number()
    else if (key === 'data') values.data = unpacker.binary()
    else unpacker.skip()
  }
  return values
}

function readLevel(unpacker: Unpacker): GrayImage {
  const { width, height, data } = readNumbers(unpacker)
  if (!Number.isInteger(width) || !Number.isInteger(height) || !data) throw damaged('a picture without size or pixels')
  if (width! < 1 || height! < 1 || width! > IMAGE_SIDE_MAX_PX || height! > IMAGE_SIDE_MAX_PX || data.length !== width! * height!) throw damaged('size of a picture')
  return { width: width!, height: height!, data: data.slice() }
}
