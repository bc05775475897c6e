import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { limits } from '../../limits.ts'
import { createGuard } from '../resilience/guard.ts'
import type { Guard } from '../resilience/guard.ts'

export interface ErrorReporter {
  /** Tells of an error that somebody should mend. Never waits, never throws. */
  report(error: unknown, tags: Record<string, string>): void
  close(): Promise<void>
  guard: Guard
}

/** Sends errors as Sentry's envelopes, a bounded number a minute, without anything of the request but its number and route. */
export function createErrorReporter(options: { dsn: string; release: string; environment: string }): ErrorReporter {
  const { username: key, host, pathname, protocol } = new URL(options.dsn)
  const slash = pathname.lastIndexOf('/')
  const url = `${protocol}//${host}${pathname.slice(0, slash)}/api/${pathname.slice(slash + 1)}/envelope/`
  const guard = createGuard({ name: 'sentry', timeoutMs: limits.telemetryTimeoutMs, retry: false })
  const pending = new Set<Promise<unknown>>()
  let [minute, sent, quietUntil] = [0, 0, 0]

  function mayReport(): boolean {
    const now = Math.floor(Date.now() / 60_000)
    if (now !== minute) [minute, sent] = [now, 0]
    return Date.now() >= quietUntil && pending.size < limits.errorReportsPerMinuteMax && sent++ < limits.errorReportsPerMinuteMax
  }

  async function send(event: Record<string, unknown>): Promise<void> {
    const head = JSON.stringify({ event_id: event.event_id, sent_at: new Date().toISOString() })
    await guard.run(async (signal) => {
      const response = await fetch(url, {
        method: 'POST', signal, body: `${head}\n{"type":"event"}\n${JSON.stringify(event)}\n`,
        headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': `Sentry sentry_version=7, sentry_client=arv/${options.release}, sentry_key=${key}` },
      })
      await response.arrayBuffer()
      if (response.status === 429) quietUntil = Date.now() + 1000 * (Number(response.headers.get('retry-after')) || 60)
      else if (!response.ok) throw new Error(`Sentry answered ${response.status}`)
    })
  }

  return {
    guard,
    report: (error, tags) => {
      if (!mayReport()) return
      const event = { event_id: randomUUID().replaceAll('-', ''), timestamp: Date.now() / 1000, platform: 'node', level: 'error', server_name: hostname(), release: `arv@${options.release}`, environment: options.environment, tags, exception: { values: describe(error) } }
      const sending = send(event).catch(() => {}).finally(() => pending.delete(sending))
      pending.add(sending)
    },
    close: async () => {
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const giveUp = setTimeout(resolve, limits.telemetryCloseMs)
      await Promise.race([Promise.all(pending), late])
      clearTimeout(giveUp)
    },
  }
}

const causesMax = 5

/** The error and its causes, the innermost first, as Sentry wants them. */
function describe(error: unknown): Record<string, unknown>[] {
  const chain: unknown[] = []
  for (let at = error; at !== undefined && at !== null && chain.length < causesMax; at = (at as { cause?: unknown }).cause) chain.unshift(at)
  return chain.map((each) => each instanceof Error
    ? { type: each.name, value: each.message, stacktrace: { frames: readStack(each.stack ?? '') } }
    : { type: 'Error', value: String(each) })
}

/** The outermost call first. */
function readStack(stack: string): Record<string, unknown>[] {
  const lines = [...stack.matchAll(/^\s+at (?:(.*?) \()?((?:file|node):[^\s)]*?):(\d+):(\d+)\)?$/gm)]
  return lines.reverse().map(([, name, file, line, column]) => ({
    function: name ?? '(anonymous)', filename: file.replace(/^file:\/\//, ''), lineno: Number(line), colno: Number(column), in_app: file.startsWith('file:') && !file.includes('/node_modules/'),
  }))
}
