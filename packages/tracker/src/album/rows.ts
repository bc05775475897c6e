import type { TargetData } from '../target/format.ts'
import { VIEWS } from '../target/views.ts'

/**
 * Views that rows are taken from, and how many: 80 to a photo, from the front, at sizes seen again on the coarser levels of nearly every
 * frame that the photo is in.
 */
const SHARES: readonly (readonly [size: number, share: number])[] = [[152, 22], [108, 33], [76, 25]]

/**
 * The rows of a target worth keeping in an index, ascending: of each view the best of every polarity. Within a view and polarity, a target's rows
 * are in the order in which they were selected, strong and spread ones first.
 */
export function chooseRows({ view, counts }: TargetData): number[] {
  const chosen: number[] = []
  let spare = 0
  for (const [size, share] of SHARES) {
    const taken = rankRows(view, counts, size).slice(0, share + spare)
    spare += share - taken.length
    chosen.push(...taken)
  }
  return chosen.sort((a, b) => a - b)
}

/** Rows of the untilted view of one size, best first: polarities take turns in proportion to how many rows each has. */
function rankRows(view: Uint8Array, counts: readonly number[], size: number): number[] {
  const ranked: { row: number, rank: number }[] = []
  for (let polarity = 0, from = 0; polarity < 3; from += counts[polarity++]) {
    const rows: number[] = []
    for (let row = from; row < from + counts[polarity]; row++) {
      const { size: viewSize, squeeze } = VIEWS[view[row]]
      if (viewSize === size && squeeze === 1) rows.push(row)
    }
    rows.forEach((row, place) => ranked.push({ row, rank: (place + 0.5) / rows.length }))
  }
  return ranked.sort((a, b) => a.rank - b.rank || a.row - b.row).map(({ row }) => row)
}
