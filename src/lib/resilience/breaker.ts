export type BreakerState = 'closed' | 'open' | 'half_open'

export interface BreakerOptions {
  /** So many failures within `windowMs` open it. */
  failuresMax?: number
  windowMs?: number
  /** How long it stays open before one call at a time is let through on trial. */
  openMs?: number
  /** So many trials in a row must succeed. */
  successesMin?: number
  /** Milliseconds on any clock that only goes forward. */
  now?: () => number
  onChange?: (state: BreakerState, previous: BreakerState) => void
}

/** What a call that was let in has to say at its end; only its first word counts. */
export interface Permit {
  succeed(): void
  fail(): void
  /** It told nothing about the other side: the caller went away, or asked for something wrong. */
  release(): void
}

export interface Breaker {
  readonly state: BreakerState
  /** Until when nothing is let in, in milliseconds from now; 0 when something is. */
  readonly waitMs: number
  readonly failures: number
  /** Undefined: not now. */
  enter(): Permit | undefined
  /** Something else shows that the other side lives again, e.g. a new connection: the next call may try. */
  probe(): void
}

export const breakerDefaults = { failuresMax: 5, windowMs: 60_000, openMs: 60_000, successesMin: 3 }

/**
 * Stops calling what does not answer: after five failures within a minute it opens, after another minute it lets one call at a
 * time through, and three of those in a row close it. What began before a change of state says nothing about the time after it.
 */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { failuresMax, windowMs, openMs, successesMin } = { ...breakerDefaults, ...options }
  const now = options.now ?? (() => performance.now())
  let current: BreakerState = 'closed'
  let era = 0
  let failedAt: number[] = []
  let openUntil = 0
  let successes = 0
  let isTrying = false

  function turn(state: BreakerState): void {
    const previous = current
    current = state
    era++
    failedAt = []
    successes = 0
    isTrying = false
    openUntil = state === 'open' ? now() + openMs : 0
    if (state !== previous) options.onChange?.(state, previous)
  }

  function look(): BreakerState {
    if (current === 'open' && now() >= openUntil) turn('half_open')
    return current
  }

  function noteFailure(): void {
    if (current === 'half_open') return turn('open')
    const time = now()
    failedAt = [...failedAt.filter((at) => time - at < windowMs), time]
    if (failedAt.length >= failuresMax) turn('open')
  }

  function noteSuccess(): void {
    if (current !== 'half_open') return
    isTrying = false
    if (++successes >= successesMin) turn('closed')
  }

  function permit(): Permit {
    const own = era
    let isOver = false
    const end = (note: () => void) => () => {
      if (isOver) return
      isOver = true
      if (own === era) note()
    }
    return { succeed: end(noteSuccess), fail: end(noteFailure), release: end(() => (isTrying = false)) }
  }

  return {
    get state() {
      return look()
    },
    get waitMs() {
      return look() === 'open' ? openUntil - now() : 0
    },
    get failures() {
      const time = now()
      return failedAt.filter((at) => time - at < windowMs).length
    },
    enter: () => {
      const state = look()
      if (state === 'open' || (state === 'half_open' && isTrying)) return undefined
      isTrying = state === 'half_open'
      return permit()
    },
    probe: () => {
      if (look() === 'open') turn('half_open')
    },
  }
}
