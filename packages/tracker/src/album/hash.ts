import { INDEX_WORDS } from './bits.ts'

/** The bits are cut into this many pieces, each with a table of its own. */
export const PIECES = 9
export const PIECE_BITS = 14
const BUCKETS = 3 << PIECE_BITS

/** The rows of one piece by bucket: those of bucket b are rows[starts[b]] … rows[starts[b + 1] − 1]. */
export interface HashTable {
  starts: Uint32Array
  rows: Uint32Array
}

/**
 * Multi-index hashing (Norouzi, Punjani & Fleet 2012): descriptors near each other agree in some of their pieces, or differ there in one
 * bit; so only rows in a bucket of one of a keypoint's pieces, or in a neighbouring bucket, need be compared with it.
 */
export function buildTables(descriptors: Int32Array, polarity: Uint8Array): HashTable[] {
  return Array.from({ length: PIECES }, (_, piece) => {
    const starts = new Uint32Array(BUCKETS + 1)
    const rows = new Uint32Array(polarity.length)
    for (let row = 0; row < polarity.length; row++) starts[bucketOf(descriptors, row * INDEX_WORDS, piece, polarity[row]) + 1]++
    for (let i = 0; i < BUCKETS; i++) starts[i + 1] += starts[i]
    const next = starts.slice()
    for (let row = 0; row < polarity.length; row++) rows[next[bucketOf(descriptors, row * INDEX_WORDS, piece, polarity[row])]++] = row
    return { starts, rows }
  })
}

/** Polarity and one piece of the packed descriptor that begins at word `at`. Neighbours differ in one of the low `PIECE_BITS` bits. */
export function bucketOf(descriptors: Int32Array, at: number, piece: number, polarity: number): number {
  const bit = piece * PIECE_BITS
  const word = at + (bit >> 5), shift = bit & 31
  const low = descriptors[word] >>> shift
  const bits = shift > 32 - PIECE_BITS ? low | descriptors[word + 1] << (32 - shift) : low
  return polarity << PIECE_BITS | bits & ((1 << PIECE_BITS) - 1)
}
