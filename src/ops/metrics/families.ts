import type { Metric } from 'prom-client'
import { countUpTo, exportedBounds } from '../../lib/telemetry/histogram.ts'
import type { Histogram } from '../../lib/telemetry/histogram.ts'

type Labels = Record<string, string | number>
interface Value {
  labels: Labels
  value: number
  metricName?: string
}

/** A value with its labels, as a producer hands it over when somebody asks. */
export type Reading = [labels: Labels, value: number]

/**
 * A metric whose values are counted elsewhere, more cheaply than prom-client would, and read when somebody asks. It has
 * what prom-client's registry needs of one.
 */
export interface Family {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  aggregator: 'sum' | 'max'
  get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: Value[] }>
}

export function counter(name: string, help: string, read: () => Iterable<Reading> | Promise<Iterable<Reading>>): Family {
  return family(name, help, 'counter', read)
}

export function gauge(name: string, help: string, read: () => Iterable<Reading> | Promise<Iterable<Reading>>): Family {
  return family(name, help, 'gauge', read)
}

export function histogram(name: string, help: string, read: () => Iterable<[Labels, Histogram]>): Family {
  return make(name, help, 'histogram', async () => [...read()].flatMap(([labels, durations]) => {
    const upTo = countUpTo(durations)
    return [
      ...exportedBounds.map((le, index) => ({ labels: { le, ...labels }, value: upTo[index], metricName: `${name}_bucket` })),
      { labels: { le: '+Inf', ...labels }, value: durations.count, metricName: `${name}_bucket` },
      { labels, value: durations.sumMs / 1000, metricName: `${name}_sum` },
      { labels, value: durations.count, metricName: `${name}_count` },
    ]
  }))
}

/** One of `states` is 1, the others 0: so that a rule can ask for each by name. */
export function oneOf(states: readonly string[], current: string, labels: Labels): Reading[] {
  return states.map((state) => [{ ...labels, state }, state === current ? 1 : 0])
}

function family(name: string, help: string, type: 'counter' | 'gauge', read: () => Iterable<Reading> | Promise<Iterable<Reading>>): Family {
  return make(name, help, type, async () => [...await read()].map(([labels, value]) => ({ labels, value })))
}

function make(name: string, help: string, type: Family['type'], read: () => Promise<Value[]>): Family {
  const aggregator = 'sum' as const
  return { name, help, type, aggregator, get: async () => ({ name, help, type, aggregator, values: await read() }) }
}

/** prom-client declares classes only, but asks for no more than this. */
export function asMetric(own: Family): Metric {
  return own as unknown as Metric
}
