import type { App } from '../../app.ts'
import type { QueueDepth } from '../../lib/queue/depth.ts'
import type { Facts } from '../facts.ts'
import { counter, gauge, histogram, oneOf } from './families.ts'
import type { Family, Reading } from './families.ts'

/** Jobs, operations, and calls to what is outside. */
export function workFamilies(app: Omit<App, 'ops'>, readFacts: () => Promise<Facts>): Family[] {
  const { telemetry } = app
  /** Of every kind of job, also where there is none: a rule must be able to see a zero. */
  const byKind = (read: (depth: QueueDepth) => number) => async (): Promise<Reading[]> => {
    const { queue } = await readFacts()
    if (queue === undefined) return []
    const kinds = new Set([...telemetry.jobKinds, ...queue.map((depth) => depth.kind)])
    return [...kinds].map((kind) => {
      const depth = queue.find((found) => found.kind === kind)
      return [{ kind }, depth === undefined ? 0 : read(depth)]
    })
  }
  const guards = () => telemetry.outside.map(({ guard }) => guard.stats())
  return [
    gauge('jobs_waiting', 'Jobs that could begin now, by kind; of all instances.', byKind((depth) => depth.waiting)),
    gauge('jobs_later', 'Jobs that are to begin later: planned, or to be tried again.', byKind((depth) => depth.later)),
    gauge('jobs_running', 'Jobs that are being worked on; of all instances.', byKind((depth) => depth.running)),
    gauge('jobs_oldest_age_seconds', 'How long the job that waits longest has waited.', byKind((depth) => depth.oldestSeconds)),
    counter('jobs_total', 'Jobs that ended, by kind and outcome.', () =>
      telemetry.jobs.all().map(({ operation, outcome, durations }) => [{ kind: operation, outcome }, durations.count])),
    histogram('job_duration_seconds', 'How long jobs took, by kind and outcome.', () =>
      telemetry.jobs.all().map(({ operation, outcome, durations }) => [{ kind: operation, outcome }, durations])),
    histogram('operation_duration_seconds', 'How long heavy work took: compile, previews, encode, score, …', () =>
      telemetry.operations.all().map(({ operation, outcome, durations }) => [{ operation, outcome }, durations])),
    gauge('circuit_breaker_state', 'Of each system outside: 1 for the state its circuit breaker is in.', () =>
      guards().flatMap(({ name, state }) => oneOf(['closed', 'half_open', 'open'], state, { name }))),
    counter('outside_calls_total', 'Calls to systems outside, by outcome; rejected ones were not even tried.', () =>
      guards().flatMap(({ name, outcomes }) => Object.entries(outcomes).map(([outcome, count]): Reading => [{ name, outcome }, count]))),
    counter('outside_retries_total', 'Calls to systems outside that were made again.', () => guards().map(({ name, retries }) => [{ name }, retries])),
    histogram('outside_call_duration_seconds', 'How long calls to systems outside took.', () => telemetry.outside.map(({ guard, durations }) => [{ name: guard.name }, durations])),
  ]
}
