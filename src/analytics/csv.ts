import type { StatisticsView } from './schema.ts'

/** One line for each step of the period. Numbers and times only, so that nothing in it can become a formula. */
export function writeCsv({ series }: StatisticsView): string {
  const names = ['begins', 'opened', 'camera_granted', 'camera_refused', 'locked', 'played', 'completed', 'clicks', 'watched_seconds'] as const
  return [names.join(','), ...series.map((step) => names.map((name) => step[name]).join(','))].join('\r\n') + '\r\n'
}
