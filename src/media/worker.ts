import { Worker } from 'node:worker_threads'
import type { Transferable } from 'node:worker_threads'

export interface WorkerOptions {
  timeoutMs: number
  /** Made when the time is over. */
  onTimeout: () => Error
  /** JavaScript heap; typed arrays and WebAssembly memory come on top and are bounded by what is given to the work. */
  heapMebibytesMax: number
  transfer?: Transferable[]
  signal?: AbortSignal
  onProgress?: (fraction: number) => void
}

/** What a worker posts: progress as often as it likes, then one of the others. */
export type WorkerMessage<Result> = { progress: number } | { result: Result } | { failure: { code: string | undefined; message: string } }

/** The work itself failed. `code` is the thrown error's own, where it has one. */
export class WorkFailure extends Error {
  readonly code: string | undefined
  constructor(failure: { code: string | undefined; message: string }) {
    super(failure.message)
    this.name = 'WorkFailure'
    this.code = failure.code
  }
}

/**
 * Does one piece of work in a thread of its own, which is terminated when the time is over or `signal` aborts.
 * @throws WorkFailure, what `onTimeout` makes, or the signal's reason
 */
export async function runInWorker<Result>(file: URL, input: unknown, options: WorkerOptions): Promise<Result> {
  options.signal?.throwIfAborted()
  const worker = new Worker(file, {
    workerData: input,
    transferList: options.transfer,
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: options.heapMebibytesMax },
  })
  let timer: NodeJS.Timeout | undefined
  let abort: (() => void) | undefined
  try {
    return await new Promise<Result>((resolve, reject) => {
      timer = setTimeout(() => reject(options.onTimeout()), options.timeoutMs)
      abort = () => reject(options.signal?.reason as Error)
      options.signal?.addEventListener('abort', abort, { once: true })
      worker.on('message', (message: WorkerMessage<Result>) => {
        if ('progress' in message) options.onProgress?.(message.progress)
        else if ('result' in message) resolve(message.result)
        else reject(new WorkFailure(message.failure))
      })
      worker.on('error', (error) => reject(new WorkFailure({ code: (error as { code?: string }).code, message: error.message })))
      worker.on('exit', (code) => reject(new WorkFailure({ code: undefined, message: `the thread ended with ${code}` })))
    })
  } finally {
    clearTimeout(timer)
    if (abort !== undefined) options.signal?.removeEventListener('abort', abort)
    await worker.terminate()
  }
}
