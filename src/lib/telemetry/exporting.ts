import { createSpanExporter } from './otlp.ts'
import { createErrorReporter } from './sentry.ts'
import type { Telemetry } from './telemetry.ts'
import { createTracer } from './tracing.ts'

export interface ExportOptions {
  otlp: { endpoint: string; headers: Record<string, string>; service: string; share: number } | undefined
  sentryDsn: string | undefined
  release: string
  environment: string
}

/** Begins to send traces and errors to where the settings say. Loaded only when they say so. Returns what ends it. */
export function startExporting(telemetry: Telemetry, options: ExportOptions): () => Promise<void> {
  const closers: (() => Promise<void>)[] = []
  if (options.otlp !== undefined) {
    const { endpoint, headers, service, share } = options.otlp
    const exporter = createSpanExporter({
      endpoint, headers, resource: { 'service.name': service, 'service.version': options.release, 'deployment.environment': options.environment, 'process.pid': String(process.pid) },
    })
    telemetry.watchGuard(exporter.guard)
    telemetry.tracer = createTracer({ share, onEnd: exporter.add })
    telemetry.spansDropped = exporter.dropped
    closers.push(exporter.close)
  }
  if (options.sentryDsn !== undefined) {
    const reporter = createErrorReporter({ dsn: options.sentryDsn, release: options.release, environment: options.environment })
    telemetry.watchGuard(reporter.guard)
    telemetry.reportError = reporter.report
    // It ends the process all the same; the report goes out as far as it can until then.
    const onCrash = (error: unknown) => reporter.report(error, { where: 'uncaught' })
    process.on('uncaughtExceptionMonitor', onCrash)
    closers.push(async () => {
      process.off('uncaughtExceptionMonitor', onCrash)
      await reporter.close()
    })
  }
  return async () => void (await Promise.all(closers.map(async (close) => await close())))
}
