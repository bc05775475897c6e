import type { App } from '../../app.ts'
import { countLookUps } from '../cache.ts'
import { counter, gauge } from './families.ts'
import type { Family, Reading } from './families.ts'

export function cacheFamilies(app: Omit<App, 'ops'>): Family[] {
  const levels = () => Object.entries(app.cache.stats().levels)
  const sizes = (read: (level: Record<string, unknown>) => unknown) => (): Reading[] => levels().flatMap(([level, found]): Reading[] => {
    const value = found === null ? undefined : read(found as unknown as Record<string, unknown>)
    return typeof value === 'number' ? [[{ level }, value]] : []
  })
  return [
    counter('cache_operations_total', 'Questions to the cache by level, type of value and result.', () =>
      countLookUps(app.cache.stats()).map(({ level, type, result, count }) => [{ level, type, result }, count])),
    gauge('cache_entries', 'Values that are kept, by level.', sizes((level) => level.entries)),
    gauge('cache_bytes', 'Bytes that they take, by level.', sizes((level) => level.bytes)),
    gauge('cache_bytes_max', 'Bytes that they may take, by level.', sizes((level) => level.bytes_max)),
    gauge('cache_trusted', '1 while this instance hears of changes, so that what is kept may be shown.', () => [[{}, app.cache.stats().trusted ? 1 : 0]]),
  ]
}
