import { emptyState, select } from '../lib/html/components.ts'
import { html } from '../lib/html/html.ts'
import type { Html } from '../lib/html/html.ts'
import { icon } from '../lib/html/icons.ts'
import { page, withParameter } from '../lib/html/layout.ts'
import type { PageContext } from '../lib/html/layout.ts'
import { fill, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import type { StatisticsView } from './schema.ts'
import { barList, columnChart, heatMap, scatter } from './views/charts.ts'

export const periods = ['today', 'week', 'month', 'quarter', 'year', 'own'] as const
export type PeriodName = (typeof periods)[number]

export interface StatisticsModel {
  statistics: StatisticsView
  period: PeriodName
  /** Who else may be looked at: `value` as the field `of` takes it. */
  subjects: readonly { value: string; label: string; selected: boolean }[]
  zones: readonly string[]
  csvUrl: string
}

/** `/admin/statistics` */
export function statisticsPage(context: PageContext, model: StatisticsModel): Html {
  const words = wordsIn(context.language).statistics
  const { statistics } = model
  return page(context, {
    title: words.title,
    main: html`<div class="page-head"><h1>${words.title}</h1>
      <a class="button" href="${model.csvUrl}" download>${icon('download')}<span>${words.csv}</span></a></div>
    ${filterForm(context.language, model)}
    ${statistics.totals.opened === 0 ? emptyState({ title: words.emptyTitle, text: words.emptyText }) : charts(context.language, statistics)}`,
  })
}

function filterForm(language: Language, { statistics, period, subjects, zones }: StatisticsModel): Html {
  const words = wordsIn(language).statistics
  const day = (name: 'from' | 'to', value: string) => html`<div class="field"><label class="label" for="field-${name}">${words[name]}</label>
    <div class="field-box"><input class="input" id="field-${name}" type="date" name="${name}" value="${value}" required></div></div>`
  return html`<form class="statistics-form" method="get" action="/admin/statistics">
    ${subjects.length > 1 && select({ name: 'of', label: words.of, options: subjects })}
    ${select({ name: 'period', label: words.period, options: periods.map((name) => ({ value: name, label: words.periods[name], selected: name === period })) })}
    ${period === 'own' && html`${day('from', statistics.from)}${day('to', statistics.to)}`}
    ${select({ name: 'time_zone', label: words.zone, options: zones.map((zone) => ({ value: zone, label: zone, selected: zone === statistics.time_zone })) })}
    <button class="button button-primary" type="submit">${wordsIn(language).orders.show}</button>
  </form>`
}

function charts(language: Language, statistics: StatisticsView): Html {
  const words = wordsIn(language).statistics
  const { totals, funnel } = statistics
  const number = new Intl.NumberFormat(language)
  const tile = (name: string, value: string) => html`<div class="tile"><dt>${name}</dt><dd>${value}</dd></div>`
  const panel = (title: string, chart: Html, wide = false) => html`<section class="panel${wide && ' statistics-wide'}"><h2>${title}</h2>${chart}</section>`
  const parts = (values: Record<string, number>) => barsOf(language, values)
  return html`<dl class="tiles">
      ${tile(words.visits, number.format(totals.opened))}
      ${tile(words.played, number.format(funnel.played))}
      ${tile(words.lockRate, totals.lock_rate === null ? '–' : `${Math.round(totals.lock_rate * 100)} %`)}
      ${tile(words.lockTime, totals.seconds_to_lock === null ? '–' : number.format(Math.round(totals.seconds_to_lock * 10) / 10))}
      ${tile(words.watched, durationWords(language, totals.watched_seconds))}
      ${tile(words.clicks, number.format(totals.clicks))}
    </dl>
    <div class="statistics">
      ${panel(words.overTime, overTime(language, statistics), true)}
      ${panel(words.funnel, funnelList(language, statistics))}
      ${panel(words.hours, hourMap(language, statistics))}
      ${statistics.top.length > 0 && panel(words.top, topList(language, statistics))}
      ${statistics.top.some((row) => row.marker_score !== null && row.lock_rate !== null) && panel(words.scores, scoreChart(language, statistics))}
      ${panel(words.devices, parts(statistics.devices))}
      ${panel(words.systems, parts(statistics.systems))}
      ${panel(words.browsers, parts(statistics.browsers))}
      ${panel(words.camera, parts(statistics.camera))}
      ${panel(words.lockTimes, parts(statistics.lock_times))}
    </div>`
}

function overTime(language: Language, { series, step, from, to, totals }: StatisticsView): Html {
  const words = wordsIn(language).statistics
  const form = step === 'hour' ? { hour: '2-digit' as const, minute: '2-digit' as const } : step === 'day' ? { day: 'numeric' as const, month: 'short' as const } : { month: 'short' as const, year: '2-digit' as const }
  const name = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ru-RU', { ...form, timeZone: 'UTC' })
  const points = series.map(({ begins, opened, played }) => {
    const label = name.format(new Date(`${begins}Z`))
    return { name: label, back: opened, front: played, title: `${label}: ${words.visits} ${opened}, ${words.played} ${played}` }
  })
  const peak = points.reduce((best, point) => (point.back > best.back ? point : best))
  return html`<p class="legend"><span class="legend-back">${words.visits}</span><span class="legend-front">${words.played}</span></p>
    ${columnChart({ label: fill(words.overTimeAlt, { from, to, opened: totals.opened, peak: peak.name, most: peak.back }), points })}`
}

function funnelList(language: Language, { funnel }: StatisticsView): Html {
  const { stages } = wordsIn(language).statistics
  const percent = (value: number) => `${Math.round((value / funnel.opened) * 100)} %`
  return barList(Object.entries(funnel).map(([stage, value]) => ({ name: stages[stage as keyof typeof stages], value, share: Math.min(1, value / funnel.opened), note: percent(value) })))
}

function hourMap(language: Language, { hours }: StatisticsView): Html {
  const words = wordsIn(language).statistics
  const most = Math.max(...hours.flat())
  const day = hours.findIndex((row) => row.includes(most))
  return html`${heatMap({ label: fill(words.hoursAlt, { day: words.weekdays[day], hour: hours[day].indexOf(most), most }), rows: words.weekdays, values: hours })}
    <p class="hint">${words.hoursNote}</p>`
}

function topList(language: Language, { top }: StatisticsView): Html {
  const words = wordsIn(language).statistics
  return html`<ol class="tops">${top.slice(0, 10).map((row) => html`<li><a href="/admin/content/${row.id}">${fill(words.order, { number: row.order_number })}</a>
    <span class="tops-who">${row.customer_name}</span><span class="bar-value">${row.opened}</span></li>`)}</ol>`
}

function scoreChart(language: Language, { top }: StatisticsView): Html {
  const words = wordsIn(language).statistics
  const dots = top.flatMap((row) => (row.marker_score === null || row.lock_rate === null ? [] : [{
    x: row.marker_score / 100, y: Math.min(1, row.lock_rate), weight: row.opened, link: `/admin/content/${row.id}`,
    title: `${fill(words.order, { number: row.order_number })}: ${words.score} ${row.marker_score}, ${words.lockRate} ${Math.round(row.lock_rate * 100)} %`,
  }]))
  return scatter({ label: words.scoresAlt, xName: words.score, yName: words.lockRate, dots })
}

function barsOf(language: Language, values: Record<string, number>): Html {
  const { names } = wordsIn(language).statistics
  const all = Object.values(values).reduce((sum, value) => sum + value, 0)
  const shown = Object.entries(values).filter(([, value]) => value > 0)
  const share = (value: number) => (all === 0 ? 0 : value / all)
  return barList(shown.map(([key, value]) => ({ name: (names as Record<string, string>)[key] ?? key, value, share: share(value), note: `${Math.round(share(value) * 100)} %` })))
}

function durationWords(language: Language, seconds: number): string {
  const words = wordsIn(language).statistics
  if (seconds < 120) return fill(words.seconds, { count: seconds })
  return seconds < 7200 ? fill(words.minutes, { count: Math.round(seconds / 60) }) : fill(words.hoursLong, { count: Math.round(seconds / 3600) })
}

/** The same choice as a table for other programs. */
export function csvAddress(path: string, statistics: StatisticsView): string {
  return ['from', 'to', 'time_zone'].reduce((url, name) => withParameter(url, name, statistics[name as 'from']), withParameter(path, 'format', 'csv'))
}
