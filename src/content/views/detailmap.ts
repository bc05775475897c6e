import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { ContentView, MarkerDetails } from '../schema.ts'

/** Where the steps of the colour scale begin, of 255; the first is what counts as plain. */
const steps = [0, 20, 50, 90, 140, 200]

/**
 * Where the photo carries detail, as a layer of the photo's own shape: laid over a picture that is fitted the same way,
 * each cell lies where it belongs. Hidden until its switch is on.
 */
export function detailLayer(language: Language, content: ContentView): Html | null {
  const { marker_details: details, photo_width: width, photo_height: height } = content
  return details && html`<svg class="detail" viewBox="0 0 ${width} ${height}" role="img"
    aria-label="${wordsIn(language).order.detailAlt}"><svg width="${width}" height="${height}" preserveAspectRatio="none"
      viewBox="0 0 ${details.grid.columns} ${details.grid.rows}"><defs><filter id="detail-soft"><feGaussianBlur
      stdDeviation="0.35"/></filter></defs><g filter="url(#detail-soft)">${cells(details.grid)}</g></svg></svg>`
}

/** The switch of the layer and what its colours mean. It works without a script: CSS asks whether it is on. */
export function detailSwitch(language: Language, content: ContentView): Html | null {
  const words = wordsIn(language).order
  return content.marker_details && html`<span class="detail-legend" aria-hidden="true">${words.detailLittle}<span
      class="detail-scale"></span>${words.detailMuch}</span>
    <label class="switch"><input class="switch-input" id="detail-switch" type="checkbox" role="switch" autocomplete="off"><span
      class="switch-track"></span>${words.showDetail}</label>`
}

/** Cells at the border reach beyond it, so that the softening has something to mix with there. */
function cells({ columns, rows, values }: MarkerDetails['grid']): Html[] {
  return values.map((value, index) => {
    const column = index % columns
    const row = Math.floor(index / columns)
    const left = column === 0 ? -1 : column
    const top = row === 0 ? -1 : row
    const right = column === columns - 1 ? columns + 1 : column + 1
    const bottom = row === rows - 1 ? rows + 1 : row + 1
    const step = steps.findLastIndex((from) => value >= from)
    return html`<rect class="detail-${step}" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/>`
  })
}
