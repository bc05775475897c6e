import { createHistogram, record } from './histogram.ts'
import type { Histogram } from './histogram.ts'

/** One route's requests; `endpoint` is its pattern, never the address itself, so there are as many as there are routes. */
export interface RouteSeries {
  method: string
  endpoint: string
  durations: Histogram
  /** By status. */
  answers: Map<number, number>
  record(status: number, ms: number): void
}

export interface Requests {
  /** The series of a route, to be kept by whoever records into it. */
  of(method: string, endpoint: string): RouteSeries
  all(): readonly RouteSeries[]
  inFlight: number
  /** Errors that were answered, by their code. */
  errors: Map<string, number>
}

/** What no route stands for: wrong addresses. Their methods are whatever somebody sent, so they are not told apart. */
export const noEndpoint = '(none)'

export function createRequests(): Requests {
  const series = new Map<string, RouteSeries>()
  return {
    of: (method, endpoint) => {
      const name = `${method} ${endpoint}`
      const found = series.get(name) ?? createSeries(method, endpoint)
      series.set(name, found)
      return found
    },
    all: () => [...series.values()],
    inFlight: 0,
    errors: new Map(),
  }
}

function createSeries(method: string, endpoint: string): RouteSeries {
  const durations = createHistogram()
  const answers = new Map<number, number>()
  return {
    method,
    endpoint,
    durations,
    answers,
    record: (status, ms) => {
      record(durations, ms)
      answers.set(status, (answers.get(status) ?? 0) + 1)
    },
  }
}
