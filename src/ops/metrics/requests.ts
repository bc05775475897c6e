import type { App } from '../../app.ts'
import { counter, gauge, histogram } from './families.ts'
import type { Family } from './families.ts'

export function requestFamilies(app: Omit<App, 'ops'>): Family[] {
  const { requests } = app.telemetry
  const used = () => requests.all().filter((series) => series.durations.count > 0)
  return [
    counter('http_requests_total', 'Requests that were answered, by route pattern and status.', () =>
      used().flatMap(({ method, endpoint, answers }) => [...answers].map(([status, count]): [Record<string, string>, number] => [{ method, endpoint, status: String(status) }, count]))),
    histogram('http_request_duration_seconds', 'From a request’s arrival until its answer was sent, by route pattern.', () =>
      used().map(({ method, endpoint, durations }) => [{ method, endpoint }, durations])),
    gauge('http_requests_in_flight', 'Requests that are being answered.', () => [[{}, requests.inFlight]]),
    counter('errors_total', 'Errors that were answered, by their code (docs/api.md).', () => [...requests.errors].map(([code, count]) => [{ code }, count])),
    counter('http_received_bytes_total', 'Bytes that came in over HTTP connections.', () => [[{}, app.telemetry.process.read().receivedBytes]]),
    counter('http_sent_bytes_total', 'Bytes that went out over HTTP connections.', () => [[{}, app.telemetry.process.read().sentBytes]]),
  ]
}
