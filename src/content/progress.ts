import type { Database } from '../lib/db/db.ts'
import { taskChannel } from './tasks.ts'

/** Tells subscribers which task moved on, in whichever process it did. */
export interface ProgressHub {
  /** `onTask` gets a task's id each time it moves. Returns how to stop. */
  subscribe(onTask: (taskId: string) => void): Promise<() => void>
}

/** One LISTEN per process, however many pages watch; opened by the first of them. */
export function createProgressHub(database: Database): ProgressHub {
  const subscribers = new Set<(taskId: string) => void>()
  let listening: Promise<unknown> | undefined
  return {
    subscribe: async (onTask) => {
      listening ??= database.listen(taskChannel, (taskId) => {
        for (const subscriber of subscribers) subscriber(taskId)
      })
      try {
        await listening
      } catch (error) {
        listening = undefined
        throw error
      }
      subscribers.add(onTask)
      return () => subscribers.delete(onTask)
    },
  }
}
