import { limits } from '../../limits.ts'
import { createGuard } from '../resilience/guard.ts'
import type { Guard } from '../resilience/guard.ts'
import { spanKinds } from './tracing.ts'
import type { Span } from './tracing.ts'

export interface SpanExporter {
  add(span: Span): void
  /** Sends what there is, once; what cannot be sent in its time is lost. */
  close(): Promise<void>
  guard: Guard
  /** Spans that found no room, or whose sending failed. */
  dropped(): number
}

/**
 * Sends spans by OTLP over HTTP, as JSON, in batches, from a queue that is bounded: a collector that hangs or is away costs
 * some memory and the spans, nothing else.
 */
export function createSpanExporter(options: { endpoint: string; headers: Record<string, string>; resource: Record<string, string> }): SpanExporter {
  const url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`
  const guard = createGuard({ name: 'otlp', timeoutMs: limits.telemetryTimeoutMs, retry: false })
  let queue: Span[] = []
  let lost = 0
  let sending: Promise<void> | undefined

  async function send(spans: Span[]): Promise<void> {
    const body = JSON.stringify({
      resourceSpans: [{ resource: { attributes: attributesOf(options.resource) }, scopeSpans: [{ scope: { name: 'arv' }, spans: spans.map(presentSpan) }] }],
    })
    await guard.run(async (signal) => {
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...options.headers }, body, signal })
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`the collector answered ${response.status}`)
    }).catch(() => (lost += spans.length))
  }

  function flush(): Promise<void> {
    sending ??= (async () => {
      while (queue.length > 0) {
        const batch = queue.slice(0, limits.spanBatchMax)
        queue = queue.slice(batch.length)
        await send(batch)
      }
    })().finally(() => (sending = undefined))
    return sending
  }

  const timer = setInterval(() => void flush(), limits.telemetryFlushMs)
  timer.unref()
  return {
    guard,
    dropped: () => lost,
    add: (span) => {
      if (queue.length >= limits.spanQueueMax) lost++
      else queue.push(span)
      if (queue.length >= limits.spanBatchMax && sending === undefined) void flush()
    },
    close: async () => {
      clearInterval(timer)
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const giveUp = setTimeout(resolve, limits.telemetryCloseMs)
      await Promise.race([flush(), late])
      clearTimeout(giveUp)
    },
  }
}

function presentSpan(span: Span): Record<string, unknown> {
  return {
    traceId: span.traceId, spanId: span.spanId, parentSpanId: span.parentId, name: span.name, kind: spanKinds[span.kind],
    startTimeUnixNano: toNanoseconds(span.startMs), endTimeUnixNano: toNanoseconds(span.endMs), attributes: attributesOf(span.attributes),
    status: span.error === undefined ? {} : { code: 2, message: span.error.slice(0, limits.queryTextCharsMax) },
  }
}

function toNanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n)
}

function attributesOf(values: Record<string, string | number | boolean>): { key: string; value: Record<string, unknown> }[] {
  return Object.entries(values).map(([key, value]) => ({
    key, value: typeof value === 'string' ? { stringValue: value } : typeof value === 'boolean' ? { boolValue: value } : Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value },
  }))
}
