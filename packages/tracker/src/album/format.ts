import { crc32 } from '../target/format.ts'
import { VIEWS } from '../target/views.ts'
import { TrackerError } from '../types.ts'
import { INDEX_WORDS } from './bits.ts'

/**
 * The index file of an album, little endian:
 *
 *   0  magic "ARVI"            4  version u16 (1)       6  header length u16
 *   8  CRC-32 of all after it  12 file length u32
 *   16 photos u32              20 rows u32
 *   24 photos as columns: identity 16 bytes [p], width u16 [p], height u16 [p], then three bytes each: dark blobs, bright blobs, saddles
 *      rows as columns, photo by photo in the order of those counts: u u8 [n], v u8 [n] (256ths of the photo's sides), view u8 [n],
 *      angle u8 [n], 128 bits of the descriptor (see bits.ts) [n]
 *
 * Rows name views by their number in target/views.ts: a change of that table is a new version here as well.
 */
const VERSION = 1
const HEADER_BYTES = 24
const IDENTITY_BYTES = 16
const PER_PHOTO_BYTES = IDENTITY_BYTES + 7
const PER_ROW_BYTES = 20

/** Limits a reader holds a file to, whatever its counts say. */
export const ALBUM_PHOTOS_MAX = 4_096
const FILE_BYTES_MAX = 8_000_000
const ANGLES = 64

/** What an index file holds, as columns. */
export interface AlbumData {
  /** 32 hexadecimal digits each. */
  ids: string[]
  widths: Uint16Array
  heights: Uint16Array
  /** Three to a photo: rows of each polarity. */
  counts: Uint8Array
  u: Uint8Array
  v: Uint8Array
  view: Uint8Array
  angle: Uint8Array
  descriptors: Int32Array
}

export function writeAlbumFile(data: AlbumData): Uint8Array {
  const photos = data.ids.length, rows = data.u.length
  const bytes = new Uint8Array(HEADER_BYTES + photos * PER_PHOTO_BYTES + rows * PER_ROW_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set([65, 82, 86, 73])
  view.setUint16(4, VERSION, true)
  view.setUint16(6, HEADER_BYTES, true)
  view.setUint32(12, bytes.length, true)
  view.setUint32(16, photos, true)
  view.setUint32(20, rows, true)
  let at = HEADER_BYTES
  for (const id of data.ids) for (let i = 0; i < IDENTITY_BYTES; i++) bytes[at++] = parseInt(id.slice(2 * i, 2 * i + 2), 16)
  for (const column of [data.widths, data.heights]) for (let i = 0; i < photos; i++, at += 2) view.setUint16(at, column[i], true)
  for (const column of [data.counts, data.u, data.v, data.view, data.angle]) {
    bytes.set(column, at)
    at += column.length
  }
  for (let i = 0; i < rows * INDEX_WORDS; i++, at += 4) view.setInt32(at, data.descriptors[i], true)
  view.setUint32(8, crc32(bytes, 12), true)
  return bytes
}

/** @throws TrackerError `not-an-index`, `newer-version`, `damaged` */
export function readAlbumFile(bytes: Uint8Array): AlbumData {
  if (bytes.length < 8 || bytes[0] !== 65 || bytes[1] !== 82 || bytes[2] !== 86 || bytes[3] !== 73) {
    throw new TrackerError('not-an-index', 'the file does not begin with ARVI')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = view.getUint16(4, true)
  if (version > VERSION) throw new TrackerError('newer-version', `album index version ${version}; this tracker reads up to ${VERSION}`)
  check(version === VERSION && bytes.length >= HEADER_BYTES && bytes.length <= FILE_BYTES_MAX, 'size')
  check(view.getUint16(6, true) === HEADER_BYTES && view.getUint32(12, true) === bytes.length, 'length')
  check(view.getUint32(8, true) === crc32(bytes, 12), 'checksum')
  const photos = view.getUint32(16, true), rows = view.getUint32(20, true)
  check(photos <= ALBUM_PHOTOS_MAX && rows <= FILE_BYTES_MAX && HEADER_BYTES + photos * PER_PHOTO_BYTES + rows * PER_ROW_BYTES === bytes.length, 'counts')
  return readColumns(bytes, view, photos, rows)
}

function readColumns(bytes: Uint8Array, view: DataView, photos: number, rows: number): AlbumData {
  let at = HEADER_BYTES
  const takeBytes = (length: number): Uint8Array => bytes.slice(at, at += length)
  const takeShorts = (length: number): Uint16Array => Uint16Array.from({ length }, () => view.getUint16((at += 2) - 2, true))
  const ids = Array.from({ length: photos }, () => Array.from(takeBytes(IDENTITY_BYTES), byte => byte.toString(16).padStart(2, '0')).join(''))
  const widths = takeShorts(photos), heights = takeShorts(photos), counts = takeBytes(3 * photos)
  check(new Set(ids).size === photos && widths.every(side => side > 0) && heights.every(side => side > 0), 'photos')
  check(counts.reduce((sum, count) => sum + count, 0) === rows, 'rows of the photos')
  const u = takeBytes(rows), v = takeBytes(rows), views = takeBytes(rows), angle = takeBytes(rows)
  check(views.every(number => number < VIEWS.length) && angle.every(step => step < ANGLES), 'rows')
  const descriptors = Int32Array.from({ length: rows * INDEX_WORDS }, () => view.getInt32((at += 4) - 4, true))
  return { ids, widths, heights, counts, u, v, view: views, angle, descriptors }
}

function check(sound: boolean, what: string): void {
  if (!sound) throw new TrackerError('damaged', `damaged album index: ${what}`)
}
