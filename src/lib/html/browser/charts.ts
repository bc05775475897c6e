import { fill, formatValue, roundUp, svg } from './units.ts'
import type { Unit } from './units.ts'

export interface ChartModel {
  unit: Unit
  language: string
  words: { empty: string; summary: string }
  /** Times of the points, in milliseconds since 1970, evenly spaced. */
  times: readonly number[]
  series: readonly { label: string; values: readonly (number | null)[] }[]
}

const height = 150
const margin = { left: 52, right: 8, top: 8, bottom: 20 }
const lineClasses = ['chart-a', 'chart-b', 'chart-c']

/** Draws lines over time into `figure`, with a legend, a summary for screen readers, and a cursor that keys and pointers move. */
export function drawChart(figure: HTMLElement, model: ChartModel): void {
  const box = figure.querySelector<HTMLElement>('.chart-box')!
  const known = model.series.filter((series) => series.values.some((value) => value !== null))
  drawLegend(figure, model)
  if (known.length === 0) {
    box.replaceChildren(Object.assign(document.createElement('p'), { className: 'chart-empty', textContent: model.words.empty }))
    return
  }
  const width = Math.max(240, box.clientWidth)
  const high = Math.max(...known.flatMap((series) => series.values.map((value) => value ?? 0)))
  const top = model.unit === 'percent' && high <= 100 && high > 50 ? 100 : roundUp(high, model.unit)
  const x = (index: number) => margin.left + (width - margin.left - margin.right) * (model.times.length < 2 ? 1 : index / (model.times.length - 1))
  const y = (value: number) => margin.top + (height - margin.top - margin.bottom) * (1 - value / top)
  const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': summarise(model) })
  for (const share of [0, 0.5, 1]) {
    drawing.append(svg('line', { class: 'chart-grid', x1: margin.left, x2: width - margin.right, y1: y(top * share), y2: y(top * share) }))
    drawing.append(svg('text', { class: 'chart-axis', x: margin.left - 6, y: y(top * share) + 4, 'text-anchor': 'end' }, formatValue(top * share, model.unit, model.language)))
  }
  for (const [share, anchor] of [[0, 'start'], [0.5, 'middle'], [1, 'end']] as const) {
    const index = Math.round((model.times.length - 1) * share)
    drawing.append(svg('text', { class: 'chart-axis', x: x(index), y: height - 4, 'text-anchor': anchor }, formatTime(model, index, false)))
  }
  for (const [number, series] of model.series.entries()) {
    for (const run of findRuns(series.values)) {
      const line = run.map((index) => `${x(index).toFixed(1)},${y(series.values[index]!).toFixed(1)}`)
      if (number === 0) drawing.append(svg('path', { class: `chart-area ${lineClasses[0]}`, d: `M${x(run[0])},${y(0)}L${line.join('L')}L${x(run.at(-1)!)},${y(0)}Z` }))
      // A single point would be no line.
      const last = line.length === 1 ? `h1` : ''
      drawing.append(svg('path', { class: `chart-line ${lineClasses[number]}`, d: `M${line.join('L')}${last}` }))
    }
  }
  box.replaceChildren(drawing)
  addCursor(figure, box, drawing, model, x, width)
}

/** Indexes of values that follow one another without a gap. */
function findRuns(values: readonly (number | null)[]): number[][] {
  const runs: number[][] = []
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    if (index > 0 && values[index - 1] !== null && runs.length > 0) runs.at(-1)!.push(index)
    else runs.push([index])
  }
  return runs
}

function drawLegend(figure: HTMLElement, model: ChartModel): void {
  const legend = figure.querySelector<HTMLElement>('.chart-legend')!
  legend.replaceChildren(...model.series.map((series, number) => {
    const key = Object.assign(document.createElement('span'), { className: 'chart-key' })
    const sample = svg('svg', { viewBox: '0 0 18 8', width: 18, height: 8, 'aria-hidden': 'true' })
    sample.append(svg('path', { class: `chart-line ${lineClasses[number]}`, d: 'M1 4h16' }))
    const last = series.values.findLast((value) => value !== null)
    key.append(sample, `${series.label} `, Object.assign(document.createElement('strong'), { textContent: last == null ? '–' : formatValue(last, model.unit, model.language) }))
    return key
  }))
}

function summarise(model: ChartModel): string {
  return model.series.map((series) => {
    const values = series.values.filter((value) => value !== null)
    if (values.length === 0) return ''
    const words = (value: number) => formatValue(value, model.unit, model.language)
    return fill(model.words.summary, { series: series.label, now: words(values.at(-1)!), low: words(Math.min(...values)), high: words(Math.max(...values)) })
  }).filter((text) => text !== '').join(' ')
}

const chosen = new WeakMap<HTMLElement, number>()
const cursors = new WeakMap<HTMLElement, (index: number | undefined) => void>()

function addCursor(figure: HTMLElement, box: HTMLElement, drawing: SVGSVGElement, model: ChartModel, x: (index: number) => number, width: number): void {
  const line = svg('line', { class: 'chart-cursor', y1: margin.top, y2: height - margin.bottom, visibility: 'hidden' })
  drawing.append(line)
  const reading = figure.querySelector<HTMLElement>('.chart-reading')!
  const last = model.times.length - 1
  const choose = (index: number | undefined) => {
    line.setAttribute('visibility', index === undefined ? 'hidden' : 'visible')
    if (index === undefined) {
      chosen.delete(box)
      reading.textContent = ''
      return
    }
    chosen.set(box, index)
    line.setAttribute('x1', String(x(index)))
    line.setAttribute('x2', String(x(index)))
    const values = model.series.map((series) => `${series.label}: ${series.values[index] == null ? '–' : formatValue(series.values[index]!, model.unit, model.language)}`)
    reading.textContent = `${formatTime(model, index)} · ${values.join(' · ')}`
  }
  const isNew = !cursors.has(box)
  cursors.set(box, choose)
  if (!isNew) return
  const at = (event: PointerEvent) => {
    const frame = box.getBoundingClientRect()
    const inside = ((event.clientX - frame.left) / frame.width) * width
    return Math.max(0, Math.min(last, Math.round(((inside - margin.left) / (width - margin.left - margin.right)) * last)))
  }
  box.addEventListener('pointermove', (event) => cursors.get(box)?.(at(event)))
  box.addEventListener('pointerleave', () => cursors.get(box)?.(undefined))
  box.addEventListener('blur', () => cursors.get(box)?.(undefined))
  box.addEventListener('keydown', (event) => {
    const now = chosen.get(box) ?? last
    const steps: Record<string, number> = { ArrowLeft: now - (chosen.has(box) ? 1 : 0), ArrowRight: now + 1, Home: 0, End: last }
    if (!(event.key in steps)) return
    event.preventDefault()
    cursors.get(box)?.(Math.max(0, Math.min(last, steps[event.key])))
  })
}

function formatTime(model: ChartModel, index: number, isExact = true): string {
  const isShort = isExact && model.times.length > 1 && model.times[1] - model.times[0] < 60_000
  return new Intl.DateTimeFormat(model.language, { hour: '2-digit', minute: '2-digit', second: isShort ? '2-digit' : undefined, hourCycle: 'h23' }).format(model.times[index])
}
