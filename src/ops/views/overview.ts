import { html, raw } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { notice } from '../../lib/html/components.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { wordsIn } from '../../words/words.ts'
import type { Words } from '../../words/words.ts'
import type { PerformanceReport } from '../performance/report.ts'
import { pageData, performancePage } from './frame.ts'

type SeriesName = keyof Words['performance']['series']
type Unit = 'rate' | 'ms' | 'percent' | 'bytes' | 'count'

/** What is drawn, in this order. Fields are those of a report's points. */
export const charts: readonly { name: keyof Words['performance']['charts']; unit: Unit; series: readonly SeriesName[] }[] = [
  { name: 'requests', unit: 'rate', series: ['requests_per_second'] },
  { name: 'times', unit: 'ms', series: ['median_ms', 'p95_ms', 'p99_ms'] },
  { name: 'errors', unit: 'rate', series: ['client_errors_per_second', 'server_errors_per_second'] },
  { name: 'cpu', unit: 'percent', series: ['cpu_percent'] },
  { name: 'memory', unit: 'bytes', series: ['memory_bytes', 'heap_bytes'] },
  { name: 'loop', unit: 'percent', series: ['event_loop_percent'] },
  { name: 'late', unit: 'ms', series: ['event_loop_late_ms'] },
  { name: 'cache', unit: 'percent', series: ['cache_memory_percent', 'cache_redis_percent', 'cache_disk_percent'] },
  { name: 'jobs', unit: 'count', series: ['jobs_waiting', 'jobs_running'] },
  { name: 'queries', unit: 'rate', series: ['queries_per_second'] },
  { name: 'queryTimes', unit: 'ms', series: ['query_mean_ms'] },
  { name: 'pool', unit: 'count', series: ['pool_in_use', 'pool_waiting'] },
]

export interface OverviewModel {
  report: PerformanceReport
  refreshSeconds: number
}

/** `/admin/performance`: drawn by the page's script from `report`, and again as new ones come. */
export function overviewPage(context: PageContext, model: OverviewModel): Html {
  const words = wordsIn(context.language).performance
  const data = pageData('performance-data', { language: context.language, words, report: model.report, refreshSeconds: model.refreshSeconds })
  return performancePage(context, 'overview', html`<p class="lead">${words.lead}</p>
    <form class="filters performance-filters" method="get" action="/admin/performance" data-performance-filters>
      ${choice('range', words.range, [['hour', words.hour], ['day', words.day]], model.report.range)}
      ${model.report.instances.length > 1 && choice('instance', words.instance, [
        ['', words.allInstances],
        ...model.report.instances.map(({ name }): [string, string] => [name, name === model.report.here ? `${name} (${words.here})` : name]),
      ], model.report.instance ?? '')}
      <noscript><button class="button" type="submit">${words.show}</button></noscript>
    </form>
    <noscript>${notice('info', html`<p>${words.noScript}</p>`)}</noscript>
    <p class="hint" data-performance-state role="status"></p>
    <div class="charts">${charts.map((chart) => html`<figure class="panel chart" data-chart="${chart.name}" data-unit="${chart.unit}"
      data-series="${chart.series.join(' ')}">
      <figcaption><h2 id="chart-${chart.name}">${words.charts[chart.name]}</h2><div class="chart-legend"></div></figcaption>
      <div class="chart-box" tabindex="0" role="group" aria-labelledby="chart-${chart.name}" aria-describedby="chart-keys"></div>
      <p class="chart-reading" aria-live="polite"></p>
    </figure>`)}</div>
    <p class="sr-only" id="chart-keys">${words.keys}</p>
    <div class="charts charts-wide">
      <section class="panel"><h2>${words.slowRoutes}</h2><ol class="shares" data-shares="routes"></ol></section>
      <section class="panel"><h2>${words.slowQueries}</h2><ol class="shares" data-shares="queries"></ol></section>
    </div>
    <script type="application/json" id="${data.id}">${raw(data.json)}</script>`)
}

function choice(name: string, label: string, options: readonly (readonly [string, string])[], chosen: string): Html {
  return html`<div class="field"><label class="label" for="field-${name}">${label}</label>
    <select class="input select" id="field-${name}" name="${name}">${options.map(([value, text]) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${text}</option>`)}</select></div>`
}
