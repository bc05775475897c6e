import { limits } from '../../limits.ts'

/**
 * Tells what was invalidated while a computation ran, so that its result, read before, is not kept after. Remembers only
 * as long as anybody is computing or waiting.
 */
export interface Generations {
  /** Returns the mark to ask `changedSince` with; every `begin` needs its `end`. */
  begin(): number
  end(): void
  bump(tags: readonly string[]): void
  /** Invalidations may have been missed: whatever began before is in doubt. */
  reset(): void
  changedSince(tags: readonly string[], mark: number): boolean
}

export function createGenerations(): Generations {
  const changedAt = new Map<string, number>()
  let clock = 0
  let allChangedAt = 0
  let open = 0
  const reset = () => {
    allChangedAt = ++clock
    changedAt.clear()
  }
  return {
    begin: () => {
      open++
      return clock
    },
    end: () => {
      if (--open === 0) changedAt.clear()
    },
    bump: (tags) => {
      clock++
      if (open === 0) return
      for (const tag of tags) changedAt.set(tag, clock)
      if (changedAt.size > limits.cacheTagsRememberedMax) reset()
    },
    reset,
    changedSince: (tags, mark) => allChangedAt > mark || tags.some((tag) => (changedAt.get(tag) ?? 0) > mark),
  }
}
