import { drawChart } from './charts.ts'
import { fill, formatValue, svg } from './units.ts'
import type { Unit } from './units.ts'

/** What `GET /api/ops/performance` answers, as far as the page shows it. */
interface Report {
  range: string
  instance: string | null
  points: ({ at: string } & Record<string, number | string | null>)[]
  routes: { method: string; endpoint: string; requests: number; total_ms: number; mean_ms: number; p95_ms: number | null }[]
  queries: { sql: string; times: number; total_ms: number; mean_ms: number; max_ms: number }[]
}

interface PageData {
  language: string
  refreshSeconds: number
  report: Report
  words: { empty: string; summary: string; updated: string; stale: string; slowRoute: string; slowQuery: string; slowEmpty: string; series: Record<string, string> }
}

/** Draws the report that came with the page, then asks for a newer one every few seconds. */
export function showPerformance(): void {
  const data = JSON.parse(document.getElementById('performance-data')!.textContent ?? '') as PageData
  let report = data.report
  let updatedAt = Date.now()
  const draw = () => drawAll(data, report)
  const state = document.querySelector<HTMLElement>('[data-performance-state]')!
  const tell = (text: string) => {
    state.textContent = fill(text, { time: new Intl.DateTimeFormat(data.language, { timeStyle: 'medium', hourCycle: 'h23' }).format(updatedAt), seconds: data.refreshSeconds })
  }
  async function refresh(): Promise<void> {
    try {
      const query = new URLSearchParams({ range: report.range, ...(report.instance === null ? {} : { instance: report.instance }) })
      const response = await fetch(`/api/ops/performance?${query}`, { headers: { accept: 'application/json' } })
      if (!response.ok) throw new Error(String(response.status))
      report = (await response.json()) as Report
      updatedAt = Date.now()
      draw()
      tell(data.words.updated)
    } catch {
      tell(data.words.stale)
    }
  }
  draw()
  tell(data.words.updated)
  setInterval(() => {
    if (!document.hidden) void refresh()
  }, data.refreshSeconds * 1000)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void refresh()
  })
  // No drawing is as wide as before when the window changes.
  let width = window.innerWidth
  window.addEventListener('resize', () => {
    if (window.innerWidth !== width) draw()
    width = window.innerWidth
  })
  document.querySelector('[data-performance-filters]')?.addEventListener('change', (event) => (event.currentTarget as HTMLFormElement).submit())
}

function drawAll({ language, words }: PageData, report: Report): void {
  const times = report.points.map((point) => Date.parse(point.at))
  for (const figure of document.querySelectorAll<HTMLElement>('[data-chart]')) {
    const series = (figure.dataset.series ?? '').split(' ').map((field) => ({
      label: words.series[field], values: report.points.map((point) => point[field] as number | null),
    }))
    drawChart(figure, { unit: figure.dataset.unit as Unit, language, words, times, series })
  }
  const ms = (value: number | null) => (value === null ? '–' : formatValue(value, 'ms', language))
  const count = (value: number) => formatValue(value, 'count', language)
  drawShares('routes', report.routes, words, (route) => `${route.method} ${route.endpoint}`, (route, share) =>
    fill(words.slowRoute, { share, requests: count(route.requests), mean: ms(route.mean_ms), p95: ms(route.p95_ms) }))
  drawShares('queries', report.queries, words, (query) => query.sql, (query, share) =>
    fill(words.slowQuery, { share, times: count(query.times), mean: ms(query.mean_ms), max: ms(query.max_ms) }))
}

/** Each with a bar as long as its share of all the time. */
function drawShares<T extends { total_ms: number }>(name: string, items: readonly T[], words: PageData['words'], nameOf: (item: T) => string, describe: (item: T, share: string) => string): void {
  const list = document.querySelector<HTMLElement>(`[data-shares="${name}"]`)
  if (!list) return
  if (items.length === 0) return list.replaceChildren(Object.assign(document.createElement('li'), { className: 'hint', textContent: words.slowEmpty }))
  const total = items.reduce((sum, item) => sum + item.total_ms, 0)
  list.replaceChildren(...items.map((item) => {
    const share = total === 0 ? 0 : (100 * item.total_ms) / total
    const row = Object.assign(document.createElement('li'), { className: 'share' })
    const label = Object.assign(document.createElement('span'), { className: 'share-name' })
    label.append(Object.assign(document.createElement('code'), { className: 'sql', textContent: nameOf(item), title: nameOf(item) }))
    row.append(label, drawBar(share), Object.assign(document.createElement('span'), { className: 'hint', textContent: describe(item, share.toFixed(share < 10 ? 1 : 0)) }))
    return row
  }))
}

/** `share` is 0–100. */
export function drawBar(share: number): SVGSVGElement {
  const bar = svg('svg', { class: 'share-bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' })
  bar.append(svg('rect', { class: 'bar-ground', width: 100, height: 6 }), svg('rect', { class: 'bar-near', width: share.toFixed(2), height: 6 }))
  return bar
}
