import { setTimeout as sleep } from 'node:timers/promises'
import { createBreaker } from './breaker.ts'
import type { BreakerOptions, BreakerState, Permit } from './breaker.ts'
import { createRetries } from './retry.ts'
import type { RetryOptions } from './retry.ts'

/** The guard does not let calls through for now: the other side has failed too often. */
export class UnavailableError extends Error {
  readonly guard: string
  readonly retryAfterMs: number
  constructor(guard: string, retryAfterMs: number) {
    super(`${guard} has failed too often and is left alone for now`)
    this.name = 'UnavailableError'
    this.guard = guard
    this.retryAfterMs = retryAfterMs
  }
}

/** An outside call did not end in its time. */
export class OutsideTimeoutError extends Error {
  readonly guard: string
  constructor(guard: string, timeoutMs: number) {
    super(`${guard} did not answer within ${timeoutMs} ms`)
    this.name = 'OutsideTimeoutError'
    this.guard = guard
  }
}

export interface GuardOptions {
  /** Of the system on the other side, as metrics and the health page call it: `redis`, `s3`, `smtp`. */
  name: string
  /** For one attempt. The call's signal aborts then; a call that does not heed it is left behind. */
  timeoutMs: number
  breaker?: BreakerOptions
  /** `false`: never. Only calls that may be made twice can be retried. */
  retry?: RetryOptions | false
  /** Whether an error says that the other side is ill. “There is no such file” does not: it was answered. */
  isFailure?: (error: unknown) => boolean
}

export interface CallOptions {
  /** The caller's own: when it aborts, so does the call, and that tells nothing about the other side. */
  signal?: AbortSignal
  /** `false`: this call may not be made twice. */
  retry?: boolean
  timeoutMs?: number
}

/** `answered`: with an error that is no failure. `rejected`: not even tried. */
export type CallOutcome = 'succeeded' | 'answered' | 'failed' | 'timed_out' | 'aborted' | 'rejected'

export interface GuardStats {
  name: string
  state: BreakerState
  /** When it lets a call through again, in milliseconds from now. */
  waitMs: number
  /** Within the window. */
  failures: number
  /** Since the start. */
  outcomes: Record<CallOutcome, number>
  retries: number
}

export interface Guard {
  readonly name: string
  /**
   * Makes one outside call: in time, again after a failure where that may help, and not at all while the other side is down.
   * Errors: the call's own, OutsideTimeoutError, UnavailableError, the signal's reason.
   */
  run<T>(call: (signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>
  /** Something else shows that the other side lives again: the next call is a trial. */
  probe(): void
  /** Calls `listener` at the end of every attempt; `startedAt` is of `performance.now()`. */
  observe(listener: (outcome: CallOutcome, startedAt: number) => void): void
  stats(): GuardStats
}

/** For each system outside of this process one guard, shared by everything that calls it. */
export function createGuard(options: GuardOptions): Guard {
  const { name, isFailure = () => true } = options
  const breaker = createBreaker(options.breaker)
  const retries = createRetries(options.retry === false ? { attemptsMax: 1 } : options.retry)
  const outcomes: Record<CallOutcome, number> = { succeeded: 0, answered: 0, failed: 0, timed_out: 0, aborted: 0, rejected: 0 }
  const listeners: ((outcome: CallOutcome, startedAt: number) => void)[] = []
  let retried = 0

  function note(outcome: CallOutcome, startedAt: number): void {
    outcomes[outcome]++
    for (const listener of listeners) listener(outcome, startedAt)
  }

  async function attempt<T>(permit: Permit, call: (signal: AbortSignal) => Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T> {
    const startedAt = performance.now()
    try {
      const value = await callInTime(name, call, timeoutMs, signal)
      permit.succeed()
      note('succeeded', startedAt)
      return value
    } catch (error) {
      const outcome = signal?.aborted ? 'aborted' : error instanceof OutsideTimeoutError ? 'timed_out' : isFailure(error) ? 'failed' : 'answered'
      if (outcome === 'aborted') permit.release()
      else if (outcome === 'answered') permit.succeed()
      else permit.fail()
      note(outcome, startedAt)
      throw error
    }
  }

  return {
    name,
    run: async (call, { signal, retry = true, timeoutMs = options.timeoutMs } = {}) => {
      retries.earn()
      for (let number = 1; ; number++) {
        signal?.throwIfAborted()
        const permit = breaker.enter()
        if (permit === undefined) {
          note('rejected', performance.now())
          throw new UnavailableError(name, breaker.waitMs)
        }
        try {
          return await attempt(permit, call, timeoutMs, signal)
        } catch (error) {
          const isOver = signal?.aborted || !retry || (!(error instanceof OutsideTimeoutError) && !isFailure(error))
          const pauseMs = isOver || breaker.state !== 'closed' ? undefined : retries.next(number)
          if (pauseMs === undefined) throw error
          retried++
          await sleep(pauseMs, undefined, { signal }).catch(() => signal?.throwIfAborted())
        }
      }
    },
    probe: () => breaker.probe(),
    observe: (listener) => void listeners.push(listener),
    stats: () => ({ name, state: breaker.state, waitMs: breaker.waitMs, failures: breaker.failures, outcomes: { ...outcomes }, retries: retried }),
  }
}

/** Ends when the time is over even if the call does not. */
async function callInTime<T>(name: string, call: (signal: AbortSignal) => Promise<T>, timeoutMs: number, outer?: AbortSignal): Promise<T> {
  const inner = new AbortController()
  const { promise: cut, reject } = Promise.withResolvers<never>()
  const end = (reason: Error) => {
    reject(reason)
    inner.abort(reason)
  }
  const timer = setTimeout(() => end(new OutsideTimeoutError(name, timeoutMs)), timeoutMs)
  const abort = () => end(outer?.reason as Error)
  outer?.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([call(inner.signal), cut])
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', abort)
  }
}
