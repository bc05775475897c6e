import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'

/** Charts as SVG, drawn here: no script, colours by class, words for those who do not see them. Units are those of the viewBox. */

const [width, height, left, bottom] = [720, 220, 40, 22]

export interface Columns {
  label: string
  /** `front` is a part of `back`. */
  points: readonly { name: string; back: number; front: number; title: string }[]
}

/** One column for each point, the front one inside the back one. */
export function columnChart({ label, points }: Columns): Html {
  const top = niceMax(Math.max(...points.map(({ back }) => back)))
  const [plotWidth, plotHeight] = [width - left, height - bottom - 8]
  const step = plotWidth / points.length
  const bar = Math.max(1, Math.min(28, step * 0.72))
  const y = (value: number) => 8 + plotHeight * (1 - value / top)
  const every = Math.ceil(points.length / 8)
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    ${[0, 0.5, 1].map((share) => html`<line class="chart-line" x1="${left}" x2="${width}" y1="${round(y(top * share))}" y2="${round(y(top * share))}"/>
      <text class="chart-text" x="${left - 6}" y="${round(y(top * share) + 4)}" text-anchor="end">${short(top * share)}</text>`)}
    ${points.map(({ back, front, name, title }, index) => {
      const x = left + step * (index + 0.5)
      return html`<g><title>${title}</title>
        <rect class="chart-hit" x="${round(x - step / 2)}" y="8" width="${round(step)}" height="${plotHeight}"/>
        ${back > 0 && html`<rect class="chart-back" x="${round(x - bar / 2)}" y="${round(y(back))}" width="${round(bar)}" height="${round(8 + plotHeight - y(back))}" rx="2"/>`}
        ${front > 0 && html`<rect class="chart-front" x="${round(x - bar / 2)}" y="${round(y(front))}" width="${round(bar)}" height="${round(8 + plotHeight - y(front))}" rx="2"/>`}
        ${index % every === 0 && html`<text class="chart-text" x="${round(x)}" y="${height - 4}" text-anchor="middle">${name}</text>`}</g>`
    })}
  </svg>`
}

/** Seven rows of 24; five depths of one colour. */
export function heatMap(model: { label: string; rows: readonly string[]; values: readonly (readonly number[])[] }): Html {
  const most = Math.max(1, ...model.values.flat())
  const cell = 28
  return html`<svg class="chart" viewBox="0 0 ${left + 24 * cell} ${7 * 24 + 20}" role="img" aria-label="${model.label}">
    ${model.values.map((row, day) => html`<text class="chart-text" x="${left - 8}" y="${day * 24 + 16}" text-anchor="end">${model.rows[day]}</text>
      ${row.map((value, hour) => html`<rect class="heat heat-${value === 0 ? 0 : Math.ceil((value / most) * 5)}" x="${left + hour * cell}" y="${day * 24}" width="${cell - 2}"
        height="22" rx="4"><title>${model.rows[day]} ${hour}:00 – ${value}</title></rect>`)}`)}
    ${[0, 6, 12, 18].map((hour) => html`<text class="chart-text" x="${left + hour * cell}" y="${7 * 24 + 15}">${hour}:00</text>`)}
  </svg>`
}

export interface Bar {
  name: string
  value: number
  /** 0–1 of the longest. */
  share: number
  note?: string
}

/** Named bars, longest first or as given: a list that reads as a list. */
export function barList(bars: readonly Bar[]): Html {
  return html`<ul class="bars">${bars.map(({ name, value, share, note }) => html`<li class="bar">
    <span class="bar-name">${name}</span><span class="bar-value">${value.toLocaleString('en').replaceAll(',', ' ')}${note && html` <span class="bar-note">${note}</span>`}</span>
    <svg class="bar-track" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="chart-empty" width="100" height="6" rx="3"/>
      <rect class="chart-back" width="${round(share * 100)}" height="6" rx="3"/></svg></li>`)}</ul>`
}

/** x and y are 0–1, `weight` the area. */
export function scatter(model: { label: string; xName: string; yName: string; dots: readonly { x: number; y: number; weight: number; title: string; link: string }[] }): Html {
  const most = Math.max(1, ...model.dots.map(({ weight }) => weight))
  const [plotWidth, plotHeight] = [width - left - 16, height - bottom - 16]
  return html`<svg class="chart" viewBox="0 0 ${width} ${height + 14}" role="group" aria-label="${model.label}">
    ${[0, 0.5, 1].map((share) => html`<line class="chart-line" x1="${left}" x2="${width}" y1="${8 + plotHeight * (1 - share)}" y2="${8 + plotHeight * (1 - share)}"/>
      <text class="chart-text" x="${left - 6}" y="${12 + plotHeight * (1 - share)}" text-anchor="end">${share * 100}%</text>
      <text class="chart-text" x="${left + plotWidth * share}" y="${height}" text-anchor="middle">${share * 100}</text>`)}
    <text class="chart-text" x="${left + plotWidth}" y="${height + 13}" text-anchor="end">${model.xName} →</text>
    ${model.dots.map(({ x, y, weight, title, link }) => html`<a href="${link}" aria-label="${title}"><circle class="chart-dot" cx="${round(left + x * plotWidth)}"
      cy="${round(8 + plotHeight * (1 - y))}" r="${round(3 + 9 * Math.sqrt(weight / most))}"><title>${title}</title></circle></a>`)}
  </svg>`
}

/** 1, 2 or 5 with zeros, not below `value`. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return Math.max(2, [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= value) ?? value)
}

export function short(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)}M`
  return value >= 1e4 ? `${round(value / 1e3)}k` : String(Math.round(value * 10) / 10)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
