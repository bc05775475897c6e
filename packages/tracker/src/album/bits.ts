/** 32-bit words of a descriptor that an index keeps: half of the tracker's. */
export const INDEX_WORDS = 4
const INDEX_BITS = 32 * INDEX_WORDS

/**
 * Which of a descriptor's 256 bits are kept, for dark blobs, bright blobs and saddles: those that are set in nearest to half of all keypoints
 * (as ORB selects its tests, Rublee et al. 2011), since on a dark blob the centre is nearly always darker than the rings. Half of the right
 * matches are then met by 0.3 % of the wrong ones, against 0.8 % with all bits. Learned from the sample photos by
 * bench/tracker/index-bits.ts; part of the format.
 */
const MASKS: readonly (readonly number[])[] = [
  [0x6f11d57a, 0x2a5fd1c8, 0x38ce2282, 0xa666a3dd, 0xd08ed2ad, 0x90de9dfa, 0x72f430e4, 0x7e11246c],
  [0x4f59515e, 0x2f1dd35c, 0xb55ea296, 0xb666abc4, 0x588ac2ad, 0x92dc1de8, 0x6ae432ea, 0x660164ec],
  [0xdf3551fb, 0x2c39bd6a, 0xb06e3e02, 0x3f4cf3c6, 0x53f286e8, 0x9c7d3ba5, 0x84e51041, 0x44413c78],
]
const KEPT = MASKS.map(words => Uint8Array.from(Array.from({ length: 256 }, (_, bit) => bit).filter(bit => words[bit >> 5] >>> (bit & 31) & 1)))

/** The kept bits of the descriptor at word `from` into the `INDEX_WORDS` words at `to`. */
export function packDescriptor(descriptors: Int32Array, from: number, polarity: number, out: Int32Array, to: number): void {
  const kept = KEPT[polarity]
  for (let word = 0, i = 0; word < INDEX_WORDS; word++) {
    let packed = 0
    for (let bit = 0; bit < 32; bit++, i++) packed |= (descriptors[from + (kept[i] >> 5)] >>> (kept[i] & 31) & 1) << bit
    out[to + word] = packed
  }
}

/** Bits in which two packed descriptors differ. */
export function packedDistance(a: Int32Array, from: number, b: Int32Array, at: number): number {
  return countBits(a[from] ^ b[at]) + countBits(a[from + 1] ^ b[at + 1]) + countBits(a[from + 2] ^ b[at + 2]) + countBits(a[from + 3] ^ b[at + 3])
}

function countBits(v: number): number {
  v -= (v >>> 1) & 0x55555555
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

if (KEPT.some(bits => bits.length !== INDEX_BITS)) throw new Error('each mask keeps half of the bits')
