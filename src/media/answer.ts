import os from 'node:os'
import { parentPort } from 'node:worker_threads'
import type { WorkerMessage } from './worker.ts'

const progressStep = 0.01
/** As niceness: two fifths of a server's share when both want the same core. */
const behindAnswers = 4

/** The whole of a worker thread: does `work` and posts its result, its progress on the way, or why it failed. */
export function answer<Result>(work: (onProgress: (fraction: number) => void) => Result): void {
  // Linux gives every thread its own: whoever waits for an answer goes before all computing.
  if (process.platform === 'linux') os.setPriority(behindAnswers)
  const port = parentPort!
  const post = (message: WorkerMessage<Result>) => port.postMessage(message)
  let told = 0
  const onProgress = (progress: number) => {
    if (progress < told + progressStep) return
    told = progress
    post({ progress })
  }
  try {
    const result = work(onProgress)
    post({ progress: 1 })
    post({ result })
  } catch (error) {
    const { code } = error as { code?: unknown }
    const message = error instanceof Error ? error.stack ?? error.message : String(error)
    post({ failure: { code: typeof code === 'string' ? code : undefined, message } })
  }
}
