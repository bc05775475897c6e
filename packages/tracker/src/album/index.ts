import { DESCRIPTOR_WORDS } from '../features/keypoints.ts'
import { readTargetFile } from '../target/format.ts'
import type { TargetData } from '../target/format.ts'
import { LoadedTarget } from '../target/target.ts'
import type { Target } from '../target/target.ts'
import { TrackerError } from '../types.ts'
import { INDEX_WORDS, packDescriptor } from './bits.ts'
import { ALBUM_PHOTOS_MAX, readAlbumFile, writeAlbumFile } from './format.ts'
import type { AlbumData } from './format.ts'
import { chooseRows } from './rows.ts'

/**
 * A photo for an index: what the caller knows it by, 32 hexadecimal digits in lower case (a UUID without hyphens, half of a SHA-256), and its
 * target, or the target's file, of which only the keypoints are read.
 */
export interface AlbumPhoto {
  id: string
  target: Target | Uint8Array
}

/** An album's search index, read from its file. A photo's number is its place in `ids`. */
export interface AlbumIndex {
  readonly ids: readonly string[]
}

/** An index as the album's own parts see it. */
export class LoadedAlbumIndex implements AlbumIndex {
  readonly ids: readonly string[]
  readonly data: AlbumData
  constructor(data: AlbumData) {
    this.ids = data.ids
    this.data = data
  }
}

/**
 * What a page needs to tell the photos of an album apart, about 1.5 KB each: some dozens of each photo's keypoints with half of
 * their descriptors' bits. The same photos in the same order give the same bytes in every engine. Takes one photo after the other, so that
 * their targets need not all be in memory. A file that cannot be read is left out: the others are found all the same.
 * @throws TrackerError `bad-index`: an id is not one or comes twice, or there are more than 4,096 photos; `not-a-target`
 */
export function buildAlbumIndex(photos: Iterable<AlbumPhoto>): Uint8Array {
  const ids = new Set<string>()
  const pieces: AlbumData[] = []
  for (const { id, target } of photos) {
    if (!/^[0-9a-f]{32}$/.test(id) || ids.has(id)) throw new TrackerError('bad-index', 'ids are 32 hexadecimal digits in lower case, each once')
    if (ids.size === ALBUM_PHOTOS_MAX) throw new TrackerError('bad-index', `more than ${ALBUM_PHOTOS_MAX} photos`)
    const data = keypointsOf(target)
    ids.add(id)
    if (data !== undefined) pieces.push(pickRows(id, data))
  }
  return writeAlbumFile(joinPieces(pieces))
}

/**
 * Read an index file.
 * @throws TrackerError `not-an-index`, `newer-version`, `damaged`
 */
export function readAlbumIndex(bytes: Uint8Array): AlbumIndex {
  return new LoadedAlbumIndex(readAlbumFile(bytes))
}

function keypointsOf(target: AlbumPhoto['target']): TargetData | undefined {
  if (target instanceof LoadedTarget) return target.data
  if (!(target instanceof Uint8Array)) throw new TrackerError('not-a-target', 'targets come from readTarget')
  try {
    return readTargetFile(target)
  } catch {
    return undefined
  }
}

/** An index of one photo. */
function pickRows(id: string, data: TargetData): AlbumData {
  const rows = chooseRows(data)
  const counts = new Uint8Array(3)
  const descriptors = new Int32Array(rows.length * INDEX_WORDS)
  rows.forEach((row, to) => {
    const polarity = row < data.counts[0] ? 0 : row < data.counts[0] + data.counts[1] ? 1 : 2
    counts[polarity]++
    packDescriptor(data.descriptors, row * DESCRIPTOR_WORDS, polarity, descriptors, INDEX_WORDS * to)
  })
  const take = (column: Uint8Array | Uint16Array, shift: number): Uint8Array => Uint8Array.from(rows, row => column[row] >> shift)
  return {
    ids: [id], widths: Uint16Array.of(data.width), heights: Uint16Array.of(data.height), counts,
    u: take(data.u, 8), v: take(data.v, 8), view: take(data.view, 0), angle: take(data.angle, 0), descriptors,
  }
}

function joinPieces(pieces: AlbumData[]): AlbumData {
  const bytes = (column: 'counts' | 'u' | 'v' | 'view' | 'angle'): Uint8Array => join(pieces.map(piece => piece[column]), length => new Uint8Array(length))
  const shorts = (column: 'widths' | 'heights'): Uint16Array => join(pieces.map(piece => piece[column]), length => new Uint16Array(length))
  return {
    ids: pieces.map(({ ids }) => ids[0]), widths: shorts('widths'), heights: shorts('heights'),
    counts: bytes('counts'), u: bytes('u'), v: bytes('v'), view: bytes('view'), angle: bytes('angle'),
    descriptors: join(pieces.map(({ descriptors }) => descriptors), length => new Int32Array(length)),
  }
}

function join<Column extends Uint8Array | Uint16Array | Int32Array>(parts: Column[], create: (length: number) => Column): Column {
  const all = create(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
