import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'

/** As OpenTelemetry numbers them. */
export const spanKinds = { internal: 1, server: 2, client: 3, consumer: 5 } as const
export type SpanKind = keyof typeof spanKinds

/** One piece of work in a trace. Times are in milliseconds since 1970, with fractions. */
export interface Span {
  traceId: string
  spanId: string
  parentId: string | undefined
  isSampled: boolean
  name: string
  kind: SpanKind
  startMs: number
  endMs: number
  attributes: Record<string, string | number | boolean>
  error: string | undefined
}

export interface Tracer {
  /** Begins a trace, or goes on with the one that `traceparent` (W3C) tells of. */
  begin(name: string, kind: SpanKind, traceparent?: string): Span
  /** Runs `work`; what is recorded within belongs to `span`. */
  within<T>(span: Span, work: () => T): T
  end(span: Span, more?: { name?: string; attributes?: Span['attributes']; error?: unknown }): void
  /** Notes what has just ended, as part of what is running. Nothing is noted outside of a span. `startedAt` is of `performance.now()`. */
  note(name: string, kind: SpanKind, startedAt: number, more?: { attributes?: Span['attributes']; error?: unknown }): void
}

/** `share` of the traces that begin here are kept; those that begin elsewhere, as it was decided there. */
export function createTracer(options: { share: number; onEnd: (span: Span) => void }): Tracer {
  const running = new AsyncLocalStorage<Span>()

  function finish(span: Span, endMs: number, more: { attributes?: Span['attributes']; error?: unknown }): void {
    if (!span.isSampled) return
    span.endMs = endMs
    Object.assign(span.attributes, more.attributes)
    if (more.error !== undefined) span.error = more.error instanceof Error ? more.error.message : String(more.error)
    options.onEnd(span)
  }

  return {
    begin: (name, kind, traceparent) => {
      const from = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '')
      return {
        traceId: from?.[1] ?? randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex'), parentId: from?.[2],
        isSampled: from === null ? Math.random() < options.share : (Number.parseInt(from[3], 16) & 1) === 1,
        name, kind, startMs: clockMs(performance.now()), endMs: 0, attributes: {}, error: undefined,
      }
    },
    within: (span, work) => running.run(span, work),
    end: (span, more = {}) => {
      if (more.name !== undefined) span.name = more.name
      finish(span, clockMs(performance.now()), more)
    },
    note: (name, kind, startedAt, more = {}) => {
      const parent = running.getStore()
      if (parent === undefined || !parent.isSampled) return
      const span: Span = {
        traceId: parent.traceId, spanId: randomBytes(8).toString('hex'), parentId: parent.spanId, isSampled: true,
        name, kind, startMs: clockMs(startedAt), endMs: 0, attributes: {}, error: undefined,
      }
      finish(span, clockMs(performance.now()), more)
    },
  }
}

function clockMs(at: number): number {
  return performance.timeOrigin + at
}
