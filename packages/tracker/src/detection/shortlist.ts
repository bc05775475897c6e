import type { DescriptorTable } from '../kernels/kernels.ts'
import { DESCRIPTOR_WORDS } from '../features/keypoints.ts'
import type { LoadedTarget } from '../target/target.ts'
import { VIEWS } from '../target/views.ts'

/** Rows of a target kept for telling which target it is, not where. */
const SUMMARY_ROWS_MAX = 120
/** Sizes of the views they come from: seen again on the coarser levels of nearly every frame the photo is in. */
const SUMMARY_SIZES = [108, 76, 152]
const SUMMARY_SQUEEZE_MAX = 1.5

/** A small part of a target's descriptors. */
export interface Summary {
  table: DescriptorTable
  /** Summary row to target row. */
  rows: Int32Array
}

export function summarise(target: LoadedTarget): Summary {
  const { view, descriptors, counts } = target.data
  const chosen = new Set<number>()
  for (const squeezed of [false, true]) {
    for (const size of SUMMARY_SIZES) {
      for (let row = 0; row < view.length && chosen.size < SUMMARY_ROWS_MAX; row++) {
        const { size: viewSize, squeeze } = VIEWS[view[row]]
        if (viewSize === size && squeeze <= SUMMARY_SQUEEZE_MAX && (squeeze > 1) === squeezed) chosen.add(row)
      }
    }
  }
  const rows = Int32Array.from(chosen).sort()
  const kept = new Int32Array(rows.length * DESCRIPTOR_WORDS)
  rows.forEach((row, to) => kept.set(descriptors.subarray(row * DESCRIPTOR_WORDS, (row + 1) * DESCRIPTOR_WORDS), to * DESCRIPTOR_WORDS))
  const upTo = (end: number): number => rows.filter(row => row < end).length
  return { table: { descriptors: kept, ends: [upTo(counts[0]), upTo(counts[0] + counts[1]), rows.length] }, rows }
}
