import { limits } from '../../limits.ts'
import type { Log } from '../log.ts'
import { createHistogram, record } from './histogram.ts'
import type { Histogram } from './histogram.ts'

/** A piece of heavy work by its name: compile, encode, … */
export interface OperationSeries {
  operation: string
  outcome: 'ok' | 'failed'
  durations: Histogram
}

export interface Operations {
  /** Measures `work`, and logs it as `operation_completed` when it was slow. Errors: those of `work`. */
  run<T>(operation: string, work: () => Promise<T>): Promise<T>
  record(operation: string, outcome: 'ok' | 'failed', ms: number): void
  all(): readonly OperationSeries[]
}

export function createOperations(log: Log): Operations {
  const series = new Map<string, OperationSeries>()

  function note(operation: string, outcome: 'ok' | 'failed', ms: number): void {
    const name = `${operation} ${outcome}`
    let found = series.get(name)
    if (found === undefined) series.set(name, (found = { operation, outcome, durations: createHistogram() }))
    record(found.durations, ms)
    const level = ms >= limits.slowOperationMs ? 'info' : 'debug'
    log[level]({ operation, outcome, duration_ms: Math.round(ms), duration_seconds: Math.round(ms) / 1000 }, 'operation_completed')
  }

  return {
    run: async (operation, work) => {
      const startedAt = performance.now()
      try {
        const value = await work()
        note(operation, 'ok', performance.now() - startedAt)
        return value
      } catch (error) {
        note(operation, 'failed', performance.now() - startedAt)
        throw error
      }
    },
    record: note,
    all: () => [...series.values()],
  }
}
