import type { Generations } from './generations.ts'

/** What a computation gave, and what that stands on. */
export interface Obtained<T> {
  value: T
  tags: readonly string[]
}

export interface Flight {
  mark: number
  startedAt: number
  outcome: Promise<Obtained<unknown>>
}

/** One computation per id at a time, and all who wait for it. */
export interface Flights {
  has(id: string): boolean
  /** `obtain` gets the generation it began in. */
  start<T>(id: string, obtain: (mark: number) => Promise<Obtained<T>>): Promise<Obtained<T>>
  /**
   * Joins the computation that is under way, or starts it. Whoever joined late may not be told what was so before a change that
   * was acknowledged before they asked: then, and when `isSure` cannot tell, they go with a new one. Errors: those of `obtain`.
   */
  share<T>(id: string, obtain: (mark: number) => Promise<Obtained<T>>, isSure: (flight: Flight) => Promise<boolean>): Promise<{ value: T; joined: boolean }>
}

export function createFlights(generations: Generations): Flights {
  const flights = new Map<string, Flight>()

  function start<T>(id: string, obtain: (mark: number) => Promise<Obtained<T>>): Promise<Obtained<T>> {
    const mark = generations.begin()
    const outcome = obtain(mark).finally(() => {
      flights.delete(id)
      generations.end()
    })
    flights.set(id, { mark, startedAt: performance.now(), outcome })
    return outcome
  }

  return {
    has: (id) => flights.has(id),
    start,
    share: async (id, obtain, isSure) => {
      const joined = flights.get(id)
      if (joined !== undefined) {
        generations.begin()
        try {
          const { value, tags } = await joined.outcome
          if ((await isSure(joined)) && !generations.changedSince(tags, joined.mark)) return { value: value as never, joined: true }
        } finally {
          generations.end()
        }
      }
      // Whatever is under way by now began after we asked.
      const outcome = flights.get(id)?.outcome ?? start(id, obtain)
      return { value: (await outcome).value as never, joined: false }
    },
  }
}
