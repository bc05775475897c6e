import type { App } from '../../app.ts'
import type { Facts } from '../facts.ts'
import type { Health } from '../health.ts'
import { counter, gauge } from './families.ts'
import type { Family } from './families.ts'

/** What prom-client's own metrics of the process leave out. */
export function processFamilies(app: Omit<App, 'ops'>, health: Health, readFacts: () => Promise<Facts>): Family[] {
  const { process: meter } = app.telemetry
  return [
    counter('nodejs_eventloop_active_seconds_total', 'Time in which the event loop did something; its share of all time is the utilisation.', () => [[{}, meter.read().activeMs / 1000]]),
    counter('nodejs_eventloop_idle_seconds_total', 'Time in which the event loop waited.', () => [[{}, meter.read().idleMs / 1000]]),
    counter('process_disk_read_bytes_total', 'Bytes that this process had read from disks.', () => [[{}, meter.read().diskReadBytes]]),
    counter('process_disk_written_bytes_total', 'Bytes that this process had written to disks.', () => [[{}, meter.read().diskWrittenBytes]]),
    gauge('disk_free_bytes', 'Room that is left where the data folder is.', async () => (await readFacts()).disks.map(({ folder, freeBytes }) => [{ folder }, freeBytes])),
    gauge('disk_size_bytes', 'Room that there is altogether.', async () => (await readFacts()).disks.map(({ folder, sizeBytes }) => [{ folder }, sizeBytes])),
    counter('telemetry_spans_dropped_total', 'Spans of traces that could not be sent.', () => [[{}, app.telemetry.spansDropped()]]),
    gauge('health_status', '1: fine, 0.5: works but somebody should look, 0: failed; by check.', async () =>
      (await health.check()).checks.map(({ name, status }) => [{ check: name }, { ok: 1, degraded: 0.5, failed: 0 }[status]])),
  ]
}
