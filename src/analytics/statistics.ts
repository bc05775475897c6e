import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Metrics, Scope } from './metrics.ts'
import * as queries from './counts.ts'
import type { Period, TopRow } from './counts.ts'
import type { StatisticsQuery, StatisticsView } from './schema.ts'

/** Whose statistics, and of which company they are: null for the platform. */
export interface Subject extends Scope {
  companyId: number | null
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * What visits tell of a period, in the reader's time zone; cached until the next fold that touches them, a minute at most.
 * Errors: `invalid_input` for a period that ends before it begins or is too long, and for a time zone that does not exist.
 */
export async function getStatistics({ db, cache }: Pick<App, 'db' | 'cache'>, subject: Subject, query: StatisticsQuery): Promise<StatisticsView> {
  const period = readPeriod(query)
  const key = `${subject.name} ${subject.id} ${period.from} ${period.to} ${period.timeZone}`
  return await cache.get('counters', key, {
    compute: async () => {
      const [totals, series, hours, top] = await Promise.all([
        queries.sumPeriod(db, subject, period), queries.sumSteps(db, subject, period), queries.sumHours(db, subject, period),
        subject.name === 'content' ? [] : queries.selectTop(db, subject, period),
      ])
      return present(subject, period, { totals, series, hours, top })
    },
    tags: () => [subject.companyId === null ? 'visits' : `visits:${subject.companyId}`],
  })
}

/** Days are the reader's; without any the last thirty. */
function readPeriod({ from, to, time_zone }: StatisticsQuery): Period {
  const zone = checkTimeZone(time_zone)
  const last = to ?? dayIn(zone, new Date())
  const first = from ?? new Date(Date.parse(last) - 29 * dayMs).toISOString().slice(0, 10)
  const days = Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1
  if (days < 1) throw new AppError('invalid_input', { details: { field: 'to', problem: `the period ends (${last}) before it begins (${first})` } })
  if (days > limits.statisticsDaysMax) throw new AppError('invalid_input', { details: { field: 'from', problem: `the period has more than ${limits.statisticsDaysMax} days` } })
  return { from: first, to: last, timeZone: zone, days, step: days <= 2 ? 'hour' : days <= limits.statisticsDailyDaysMax ? 'day' : 'month' }
}

function checkTimeZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (cause) {
    throw new AppError('invalid_input', { details: { field: 'time_zone', problem: `there is no time zone ${name}` }, cause })
  }
}

function dayIn(timeZone: string, moment: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(moment)
}

interface Found {
  totals: Metrics
  series: (queries.Step)[]
  hours: { weekday: number; hour: number; opened: number }[]
  top: TopRow[]
}

function present(subject: Subject, period: Period, { totals, series, hours, top }: Found): StatisticsView {
  const grid = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
  for (const { weekday, hour, opened } of hours) grid[weekday - 1][hour] = opened
  const rest = (all: number, ...parts: number[]) => all - parts.reduce((sum, part) => sum + part, 0)
  const t = totals
  return {
    scope: subject.name,
    scope_id: subject.name === 'platform' ? null : subject.id,
    from: period.from,
    to: period.to,
    time_zone: period.timeZone,
    step: period.step,
    as_of: new Date().toISOString(),
    totals: {
      opened: t.opened, from_apps: t.from_apps, locks: t.locks, clicks: t.clicks, without_camera: t.without_camera,
      watched_seconds: Math.round(t.watched_ms / 1000),
      seconds_to_lock: t.lock_timed === 0 ? null : Math.round(t.lock_ms / t.lock_timed) / 1000,
      lock_rate: t.camera_granted === 0 ? null : round(t.locked / t.camera_granted),
    },
    funnel: { opened: t.opened, camera_granted: t.camera_granted, locked: t.locked, played: t.played, completed: t.completed, clicked: t.clicked },
    camera: { granted: t.camera_granted, refused: t.camera_refused, absent: t.camera_absent, not_asked: rest(t.opened, t.camera_granted, t.camera_refused, t.camera_absent) },
    lock_times: { under_1s: t.lock_under_1s, under_3s: t.lock_under_3s, under_10s: t.lock_under_10s, longer: rest(t.lock_timed, t.lock_under_1s, t.lock_under_3s, t.lock_under_10s) },
    devices: { phone: t.device_phone, tablet: t.device_tablet, desktop: t.device_desktop, other: rest(t.opened, t.device_phone, t.device_tablet, t.device_desktop) },
    systems: {
      iOS: t.system_ios, Android: t.system_android, Windows: t.system_windows, macOS: t.system_macos, Linux: t.system_linux,
      other: rest(t.opened, t.system_ios, t.system_android, t.system_windows, t.system_macos, t.system_linux),
    },
    browsers: {
      Chrome: t.browser_chrome, Safari: t.browser_safari, Firefox: t.browser_firefox, Edge: t.browser_edge, Samsung: t.browser_samsung, Yandex: t.browser_yandex,
      other: rest(t.opened, t.browser_chrome, t.browser_safari, t.browser_firefox, t.browser_edge, t.browser_samsung, t.browser_yandex),
    },
    series: series.map(({ begins, watchedMs, ...step }) => ({ begins, ...step, watched_seconds: Math.round(watchedMs / 1000) })),
    hours: grid,
    top: top.map((row) => ({
      id: row.id, order_number: row.orderNumber, customer_name: row.customerName, marker_score: row.score, opened: row.opened, played: row.played,
      lock_rate: row.cameraGranted === 0 ? null : round(row.locked / row.cameraGranted),
    })),
  }
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000
}
