/** One request that was answered, whichever way it went through the server. */
export interface Answered {
  method: string
  /** The route's pattern, `/v/:id`; never the address itself. */
  endpoint: string
  status: number
  durationMs: number
}

/** Whoever wants to hear of every answer: logs, metrics. */
export interface Answers {
  listen(listener: (answered: Answered) => void): void
  tell(answered: Answered): void
}

export function createAnswers(): Answers {
  const listeners: ((answered: Answered) => void)[] = []
  return {
    listen: (listener) => void listeners.push(listener),
    tell: (answered) => {
      for (const listener of listeners) listener(answered)
    },
  }
}
