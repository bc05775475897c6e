import { DESCRIPTOR_WORDS } from '../features/keypoints.ts'
import { TrackerError } from '../types.ts'
import { VIEWS } from './views.ts'

/**
 * The target file, little endian:
 *
 *   0  magic "ARVT"            4  version u16 (3)       6  header length u16
 *   8  CRC-32 of all after it  12 file length u32
 *   16 photo width u32         20 photo height u32
 *   24 template width u16      26 template height u16   28 template bytes u32
 *   32 dark blobs u16          34 bright blobs u16      36 saddles u16         38 zero u16
 *   40 keypoints as columns, in the order of the three counts: u u16[n], v u16[n] (65536ths of the photo's sides), view u8[n],
 *      angle u8[n], descriptor 32 bytes [n]; then the template (see codec.ts)
 */
export const VERSION = 3
const HEADER_BYTES = 40
const PER_KEYPOINT_BYTES = 38

/** Limits a reader holds a file to, whatever its counts say. */
export const FILE_BYTES_MAX = 60_000
const KEYPOINTS_LIMIT = 4_096
const TEMPLATE_PIXELS_MAX = 131_072
const PHOTO_SIDE_MAX = 65_535

/** What a target file holds, as columns. */
export interface TargetData {
  width: number
  height: number
  /** How many keypoints of each polarity; they are stored in this order. */
  counts: [dark: number, bright: number, saddle: number]
  u: Uint16Array
  v: Uint16Array
  view: Uint8Array
  angle: Uint8Array
  descriptors: Int32Array
  templateWidth: number
  templateHeight: number
  template: Uint8Array
}

export function writeTargetFile(data: TargetData): Uint8Array {
  const n = data.counts[0] + data.counts[1] + data.counts[2]
  const bytes = new Uint8Array(HEADER_BYTES + n * PER_KEYPOINT_BYTES + data.template.length)
  const view = new DataView(bytes.buffer)
  bytes.set([65, 82, 86, 84])
  view.setUint16(4, VERSION, true)
  view.setUint16(6, HEADER_BYTES, true)
  view.setUint32(12, bytes.length, true)
  view.setUint32(16, data.width, true)
  view.setUint32(20, data.height, true)
  view.setUint16(24, data.templateWidth, true)
  view.setUint16(26, data.templateHeight, true)
  view.setUint32(28, data.template.length, true)
  data.counts.forEach((count, polarity) => view.setUint16(32 + polarity * 2, count, true))
  let at = HEADER_BYTES
  for (let i = 0; i < n; i++) view.setUint16(at + i * 2, data.u[i], true)
  at += n * 2
  for (let i = 0; i < n; i++) view.setUint16(at + i * 2, data.v[i], true)
  at += n * 2
  bytes.set(data.view.subarray(0, n), at)
  at += n
  bytes.set(data.angle.subarray(0, n), at)
  at += n
  for (let i = 0; i < n * DESCRIPTOR_WORDS; i++) view.setInt32(at + i * 4, data.descriptors[i], true)
  bytes.set(data.template, at + n * DESCRIPTOR_WORDS * 4)
  view.setUint32(8, crc32(bytes, 12), true)
  return bytes
}

/** @throws TrackerError `not-a-target`, `newer-version`, `damaged` */
export function readTargetFile(bytes: Uint8Array): TargetData {
  if (bytes.length < 8 || bytes[0] !== 65 || bytes[1] !== 82 || bytes[2] !== 86 || bytes[3] !== 84) {
    throw new TrackerError('not-a-target', 'the file does not begin with ARVT')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = view.getUint16(4, true)
  if (version > VERSION) throw new TrackerError('newer-version', `target version ${version}; this tracker reads up to ${VERSION}`)
  if (version < VERSION) throw new TrackerError('damaged', `target version ${version} is too old for this tracker: compile the photo again`)
  const check = (sound: boolean, what: string): void => {
    if (!sound) throw new TrackerError('damaged', `damaged target: ${what}`)
  }
  check(version === VERSION && bytes.length >= HEADER_BYTES && bytes.length <= FILE_BYTES_MAX, 'size')
  check(view.getUint16(6, true) === HEADER_BYTES && view.getUint32(12, true) === bytes.length, 'length')
  check(view.getUint32(8, true) === crc32(bytes, 12), 'checksum')
  const width = view.getUint32(16, true), height = view.getUint32(20, true)
  const templateWidth = view.getUint16(24, true), templateHeight = view.getUint16(26, true)
  const templateBytes = view.getUint32(28, true)
  const counts: TargetData['counts'] = [view.getUint16(32, true), view.getUint16(34, true), view.getUint16(36, true)]
  const n = counts[0] + counts[1] + counts[2]
  check(width >= 1 && height >= 1 && width <= PHOTO_SIDE_MAX && height <= PHOTO_SIDE_MAX, 'photo size')
  check(templateWidth >= 16 && templateHeight >= 16 && templateWidth * templateHeight <= TEMPLATE_PIXELS_MAX, 'template size')
  check(n <= KEYPOINTS_LIMIT && HEADER_BYTES + n * PER_KEYPOINT_BYTES + templateBytes === bytes.length, 'counts')
  const u = new Uint16Array(n), v = new Uint16Array(n)
  let at = HEADER_BYTES
  for (let i = 0; i < n; i++) u[i] = view.getUint16(at + i * 2, true)
  at += n * 2
  for (let i = 0; i < n; i++) v[i] = view.getUint16(at + i * 2, true)
  at += n * 2
  const views = bytes.slice(at, at + n), angle = bytes.slice(at + n, at + 2 * n)
  check(views.every(index => index < VIEWS.length) && angle.every(step => step < 64), 'keypoints')
  at += 2 * n
  const descriptors = new Int32Array(n * DESCRIPTOR_WORDS)
  for (let i = 0; i < descriptors.length; i++) descriptors[i] = view.getInt32(at + i * 4, true)
  const template = bytes.slice(at + descriptors.length * 4)
  return { width, height, counts, u, v, view: views, angle, descriptors, templateWidth, templateHeight, template }
}

const CRC_TABLE = makeCrcTable()

function makeCrcTable(): Int32Array {
  const table = new Int32Array(256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
    table[n] = c
  }
  return table
}

/** CRC-32 (ISO 3309) of bytes[from …]. */
export function crc32(bytes: Uint8Array, from: number): number {
  let crc = -1
  for (let i = from; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]) & 255]
  return (crc ^ -1) >>> 0
}
