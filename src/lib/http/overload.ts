import type { Server as HttpServer } from 'node:http'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'

/** Whether this process has more to do than it can do in time. */
export interface Load {
  /** Requests that are being answered now; files being sent don't count, for they wait for their readers. */
  inFlight(): number
  /** How late timers run, in milliseconds, smoothed over about a second. */
  lagMs(): number
  begin(): void
  end(): void
  /** @throws AppError `overloaded` when new work would make all of it late */
  check(): void
  isOver(): boolean
}

const sampleMs = 250

export function watchLoad(server: Pick<HttpServer, 'once'>): Load {
  let inFlight = 0
  let lag = 0
  let expectedAt = performance.now() + sampleMs
  const timer = setInterval(() => {
    const now = performance.now()
    // One long turn is no overload; a lag that stays is.
    lag = (3 * lag + Math.max(0, now - expectedAt)) / 4
    expectedAt = now + sampleMs
  }, sampleMs)
  timer.unref()
  server.once('close', () => clearInterval(timer))
  const isOver = () => inFlight > limits.requestsInFlightMax || lag > limits.eventLoopLagMaxMs
  return {
    inFlight: () => inFlight,
    lagMs: () => lag,
    begin: () => void inFlight++,
    end: () => void inFlight--,
    isOver,
    check: () => {
      if (isOver()) throw new AppError('overloaded', { details: { seconds: limits.overloadRetrySeconds } })
    },
  }
}
