import { DESCRIPTOR_WORDS } from '../../packages/tracker/src/features/keypoints.ts'
import type { LoadedTarget } from '../../packages/tracker/src/target/target.ts'
import { VIEWS } from '../../packages/tracker/src/target/views.ts'
import { ALBUM_SIZE, albumPhotos } from './album.ts'
import { loadPhotos } from './photos.ts'

/** Prints the masks of packages/tracker/src/album/bits.ts, learned from a hundred pictures seen from the front: `npx node bench/tracker/index-bits.ts`. */
const set = [0, 1, 2].map(() => new Float64Array(256))
const seen = [0, 0, 0]
for (const { target } of albumPhotos(await loadPhotos(), ALBUM_SIZE)) {
  const { counts, view, descriptors } = (target as LoadedTarget).data
  for (let row = 0; row < view.length; row++) {
    if (VIEWS[view[row]].squeeze > 1) continue
    const polarity = row < counts[0] ? 0 : row < counts[0] + counts[1] ? 1 : 2
    seen[polarity]++
    for (let bit = 0; bit < 256; bit++) set[polarity][bit] += descriptors[row * DESCRIPTOR_WORDS + (bit >> 5)] >>> (bit & 31) & 1
  }
}
set.forEach((sums, polarity) => {
  const imbalance = Array.from(sums, sum => Math.abs(sum / seen[polarity] - 0.5))
  const kept = imbalance.map((_, bit) => bit).sort((a, b) => imbalance[a] - imbalance[b] || a - b).slice(0, 128)
  const words = new Uint32Array(DESCRIPTOR_WORDS)
  for (const bit of kept) words[bit >> 5] |= 1 << (bit & 31)
  console.log(`[${Array.from(words, word => `0x${word.toString(16).padStart(8, '0')}`).join(', ')}],`)
})
