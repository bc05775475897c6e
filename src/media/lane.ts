/** Lets work in while the sum of its weights fits, in order of arrival. Something heavier than all goes alone. */
export interface Lane {
  run<Result>(weight: number, work: () => Promise<Result>): Promise<Result>
}

export function createLane(weightMax: number): Lane {
  const waiting: { weight: number; enter: () => void }[] = []
  let inside = 0
  const letIn = () => {
    while (waiting.length > 0 && (inside === 0 || inside + waiting[0].weight <= weightMax)) {
      const next = waiting.shift()!
      inside += next.weight
      next.enter()
    }
  }
  return {
    async run(weight, work) {
      await new Promise<void>((enter) => {
        waiting.push({ weight, enter })
        letIn()
      })
      try {
        return await work()
      } finally {
        inside -= weight
        letIn()
      }
    },
  }
}
