export interface RetryOptions {
  /** Altogether, the first one included. */
  attemptsMax?: number
  /** The pause before the second attempt is random up to this, and doubles from there. */
  pauseMs?: number
  pauseMaxMs?: number
  /** Retries per call that are allowed over time: 0.1 adds a tenth to the load at most. */
  budgetShare?: number
  /** Retries that a quiet time saves up. */
  budgetMax?: number
  random?: () => number
}

export const retryDefaults = { attemptsMax: 3, pauseMs: 100, pauseMaxMs: 2_000, budgetShare: 0.1, budgetMax: 10 }

export interface Retries {
  /** To be told of every first attempt: it earns a share of a retry. */
  earn(): void
  /** How long to wait before attempt number `attempt + 1`; undefined when there is to be none. */
  next(attempt: number): number | undefined
}

/**
 * When to try again: after random pauses, so that many callers do not come back together, and from a budget that all calls share,
 * so that retries add little to the load of something that is in trouble already.
 */
export function createRetries(options: RetryOptions = {}): Retries {
  const { attemptsMax, pauseMs, pauseMaxMs, budgetShare, budgetMax } = { ...retryDefaults, ...options }
  const random = options.random ?? Math.random
  let budget = budgetMax
  return {
    earn: () => {
      budget = Math.min(budgetMax, budget + budgetShare)
    },
    next: (attempt) => {
      if (attempt >= attemptsMax || budget < 1) return undefined
      budget--
      return random() * Math.min(pauseMaxMs, pauseMs * 2 ** (attempt - 1))
    },
  }
}
