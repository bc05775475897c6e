import type { App } from '../app.ts'
import { createFactReader } from './facts.ts'
import type { Facts } from './facts.ts'
import { createHealth } from './health.ts'
import type { Health } from './health.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { Metrics } from './metrics/metrics.ts'
import { createProfiler } from './performance/profiler.ts'
import type { Profiler } from './performance/profiler.ts'
import { createSampler } from './performance/sampler.ts'
import type { Place, Sampler } from './performance/sampler.ts'

/** What operators are shown of a running ARV. */
export interface Ops {
  health: Health
  metrics: Metrics
  sampler: Sampler
  profiler: Profiler
  readFacts: () => Promise<Facts>
  stop(): Promise<void>
}

/** Begins to watch `app`, in every process of ARV, whether it answers requests or only works. */
export function startOps(app: Omit<App, 'ops'>, place: Place): Ops {
  const readFacts = createFactReader(app)
  const health = createHealth(app, readFacts)
  const sampler = createSampler(app, place, readFacts)
  return { health, metrics: createMetrics(app, health, readFacts), sampler, profiler: createProfiler(), readFacts, stop: sampler.stop }
}
