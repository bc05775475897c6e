import { Registry, collectDefaultMetrics } from 'prom-client'
import type { App } from '../../app.ts'
import type { Facts } from '../facts.ts'
import type { Health } from '../health.ts'
import { cacheFamilies } from './cache.ts'
import { databaseFamilies } from './database.ts'
import { asMetric } from './families.ts'
import { processFamilies } from './process.ts'
import { requestFamilies } from './requests.ts'
import { workFamilies } from './work.ts'

export interface Metrics {
  contentType: string
  /** Everything, in Prometheus' text format. */
  text(): Promise<string>
  registry: Registry
}

/** Everything that is exported. Each metric reads what is counted where it happens, when somebody asks; docs/self-hosting.md names all. */
export function createMetrics(app: Omit<App, 'ops'>, health: Health, readFacts: () => Promise<Facts>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const families = [
    ...requestFamilies(app), ...workFamilies(app, readFacts), ...cacheFamilies(app), ...databaseFamilies(app, readFacts), ...processFamilies(app, health, readFacts),
  ]
  for (const family of families) registry.registerMetric(asMetric(family))
  return { contentType: registry.contentType, text: async () => await registry.metrics(), registry }
}
