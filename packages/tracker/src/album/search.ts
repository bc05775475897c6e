import { DESCRIPTOR_WORDS } from '../features/keypoints.ts'
import type { Keypoints } from '../features/keypoints.ts'
import { findHypotheses } from '../detection/hypotheses.ts'
import type { Hypothesis, Places } from '../detection/hypotheses.ts'
import { createMatches } from '../detection/match.ts'
import { VIEWS, viewGeometry } from '../target/views.ts'
import { INDEX_WORDS, packDescriptor, packedDistance } from './bits.ts'
import type { AlbumData } from './format.ts'
import { bucketOf, buildTables, PIECE_BITS, PIECES } from './hash.ts'
import type { HashTable } from './hash.ts'
import { Votes } from './votes.ts'

/** Of an index's 128 bits: further apart says nothing. */
const DISTANCE_MAX = 20
const HITS_MAX = 131_072
const MATCHES_PER_PHOTO_MAX = 200
/** Photos with the most votes whose matches are then asked whether they agree on a place. */
const VOTED_MAX = 24
/** Photos told, the best-supported ones. */
export const FOUND_MAX = 4

/** Which photos of an album a frame may show. */
export class AlbumSearch {
  /** After `search`, `count` photos by their numbers, best first, and the support of each: the weights of matches that agree on one pose. */
  readonly found = new Int32Array(FOUND_MAX)
  readonly support = new Float64Array(FOUND_MAX)
  count = 0

  private readonly data: AlbumData
  private readonly photoOfRow: Uint16Array
  private readonly photos: Places[]
  private readonly tables: HashTable[]
  private readonly packed = new Int32Array(INDEX_WORDS)
  /** The last look-up that compared a row: rows share several buckets with a near keypoint. */
  private readonly compared: Uint32Array
  private lookUps = 0
  private readonly hitQuery = new Uint16Array(HITS_MAX)
  private readonly hitRow = new Int32Array(HITS_MAX)
  private readonly hitDistance = new Uint8Array(HITS_MAX)
  /** The hit of the same photo before this one; −1: none. */
  private readonly hitBefore = new Int32Array(HITS_MAX)
  private readonly lastHit: Int32Array
  private hits = 0
  private readonly votes: Votes
  private readonly voted = new Int32Array(VOTED_MAX)
  private readonly votesOf = new Float64Array(VOTED_MAX)
  private readonly matches = createMatches()
  private readonly hypothesis: Hypothesis[] = [{ target: -1, support: 0, inliers: 0, pose: new Float64Array(9) }]

  constructor(data: AlbumData) {
    const photos = data.ids.length, rows = data.u.length
    const polarity = new Uint8Array(rows)
    this.data = data
    this.photoOfRow = new Uint16Array(rows)
    data.counts.reduce((row, count, i) => {
      polarity.fill(i % 3, row, row + count)
      this.photoOfRow.fill(Math.floor(i / 3), row, row + count)
      return row + count
    }, 0)
    this.tables = buildTables(data.descriptors, polarity)
    const middles = (column: Uint8Array): Uint16Array => Uint16Array.from(column, value => value * 256 + 128)
    const places = { u: middles(data.u), v: middles(data.v), view: data.view, angle: data.angle }
    this.photos = data.ids.map((_, photo) => ({ width: data.widths[photo], height: data.heights[photo], data: places, viewMatrices: [] }))
    this.compared = new Uint32Array(rows)
    this.lastHit = new Int32Array(photos)
    this.votes = new Votes(photos)
  }

  /** Rank the photos by the first `count` keypoints of a frame. */
  search(keypoints: Keypoints, count: number): void {
    this.votes.clear()
    this.lastHit.fill(-1)
    this.hits = 0
    const room = HITS_MAX - this.lastHit.length
    for (let query = 0; query < count && this.hits < room; query++) this.lookUp(keypoints, query)
    const voted = this.votes.rank(this.voted, this.votesOf)
    this.count = 0
    for (let i = 0; i < voted; i++) this.place(this.voted[i], this.supportOf(this.voted[i], keypoints))
  }

  /** Rows near one keypoint: the nearest of each photo becomes a hit and a vote; a keypoint that many photos have says less of each. */
  private lookUp(keypoints: Keypoints, query: number): void {
    const { descriptors, polarity, angle, scale } = keypoints
    const first = this.hits
    packDescriptor(descriptors, query * DESCRIPTOR_WORDS, polarity[query], this.packed, 0)
    if (++this.lookUps > 0xffff_fffe) {
      this.compared.fill(0)
      this.lookUps = 1
    }
    for (let piece = 0; piece < PIECES; piece++) {
      const bucket = bucketOf(this.packed, 0, piece, polarity[query])
      this.compare(query, this.tables[piece], bucket, first)
      for (let bit = 0; bit < PIECE_BITS; bit++) this.compare(query, this.tables[piece], bucket ^ (1 << bit), first)
    }
    const share = 1 / Math.sqrt(this.hits - first)
    for (let hit = first; hit < this.hits; hit++) {
      const row = this.hitRow[hit]
      const weight = (DISTANCE_MAX + 1 - this.hitDistance[hit]) * share
      this.votes.add(this.photoOfRow[row], angle[query] - this.data.angle[row], scale[query], this.data.view[row], weight)
    }
  }

  private compare(query: number, { starts, rows }: HashTable, bucket: number, first: number): void {
    const { compared, lookUps, packed, lastHit, photoOfRow } = this
    const { descriptors } = this.data
    for (let i = starts[bucket], end = starts[bucket + 1]; i < end; i++) {
      const row = rows[i]
      if (compared[row] === lookUps) continue
      compared[row] = lookUps
      const distance = packedDistance(packed, 0, descriptors, row * INDEX_WORDS)
      if (distance > DISTANCE_MAX) continue
      const photo = photoOfRow[row]
      let hit = lastHit[photo]
      if (hit < first) {
        hit = this.hits++
        this.hitBefore[hit] = lastHit[photo]
        this.hitQuery[hit] = query
        lastHit[photo] = hit
      } else if (this.hitDistance[hit] <= distance) continue
      this.hitRow[hit] = row
      this.hitDistance[hit] = distance
    }
  }

  /** How well a photo's matches agree on one pose. */
  private supportOf(photo: number, keypoints: Keypoints): number {
    const { matches, hypothesis } = this
    matches.count = 0
    for (let hit = this.lastHit[photo]; hit >= 0 && matches.count < MATCHES_PER_PHOTO_MAX; hit = this.hitBefore[hit]) {
      matches.frame[matches.count] = this.hitQuery[hit]
      matches.target[matches.count] = this.hitRow[hit]
      // As the whole descriptors' distances are.
      matches.distance[matches.count++] = 2 * this.hitDistance[hit]
    }
    const places = this.photos[photo]
    if (places.viewMatrices.length === 0) {
      const { widths, heights } = this.data
      places.viewMatrices = VIEWS.map(view => viewGeometry(view, widths[photo], heights[photo]).matrix)
    }
    return findHypotheses(keypoints, places, photo, matches, hypothesis, 0, 1) > 0 ? hypothesis[0].support : 0
  }

  private place(photo: number, strength: number): void {
    const { found, support } = this
    if (strength <= (this.count < FOUND_MAX ? 0 : support[FOUND_MAX - 1])) return
    let place = this.count < FOUND_MAX ? this.count++ : FOUND_MAX - 1
    for (; place > 0 && support[place - 1] < strength; place--) {
      support[place] = support[place - 1]
      found[place] = found[place - 1]
    }
    support[place] = strength
    found[place] = photo
  }
}
