import type { Answer, FramePicture, Request, Tracked } from './messages.ts'

export interface Tracking {
  /** Settles when the worker has its targets; rejects with TrackingProblem when they can't be had or used. */
  ready: Promise<void>
  /** Whether a frame is on its way: only one ever is. */
  readonly busy: boolean
  /** False once the worker found that it can't read this browser's VideoFrames. */
  readonly readsFrames: boolean
  /** Sends a frame and tells where the photo is in it; null when this frame could not be looked at. */
  track(picture: FramePicture, timeMs: number): Promise<Tracked | null>
  /** A grey buffer that came back from the worker, to be filled again. */
  takeBuffer(bytes: number): ArrayBuffer
}

export class TrackingProblem extends Error {
  readonly kind: 'target' | 'failed'
  constructor(kind: 'target' | 'failed', message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'TrackingProblem'
    this.kind = kind
  }
}

/** A worker that does not answer for so long has been killed by the system or hangs; it is started anew. */
const answerTimeoutMs = 8000

/** Starts the worker and fetches the targets, both at once. `onFailed` hears of a worker that can't go on. */
export function startTracking(workerUrl: string, targetUrls: string[], onFailed: (problem: TrackingProblem) => void): Tracking {
  let worker = new Worker(workerUrl)
  let restarts = 0
  let nextId = 1
  let readsFrames = true
  let waiting: { id: number; resolve: (result: Tracked | null) => void; timer: number } | undefined
  let spare: ArrayBuffer | undefined
  const files = Promise.all(targetUrls.map(fetchTarget))
  const loaded = Promise.withResolvers<void>()
  loaded.promise.catch(() => { /* whoever awaits it hears of it */ })

  const settle = (result: Tracked | null) => {
    clearTimeout(waiting?.timer)
    const { resolve } = waiting!
    waiting = undefined
    resolve(result)
  }
  /** A page that was asleep finds all its timers due at once: then the worker was asleep, too, and gets its time anew. */
  const expectAnswer = () => {
    const due = performance.now() + answerTimeoutMs
    waiting!.timer = setTimeout(() => (performance.now() > due + 1000 ? expectAnswer() : restart('no answer')), answerTimeoutMs)
  }
  const listen = () => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.type === 'ready') return loaded.resolve()
      if (data.type === 'failed') return loaded.reject(new TrackingProblem('failed', `${data.code}: ${data.message}`))
      if (data.id !== waiting?.id) return
      if (data.type === 'unreadable') {
        readsFrames = false
        return settle(null)
      }
      spare = data.buffer ?? spare
      settle(data)
    }
    worker.onerror = (event) => {
      event.preventDefault()
      restart(event.message)
    }
  }
  const sendTargets = async () => {
    try {
      const targets = (await files).map((file) => file.slice(0))
      worker.postMessage({ type: 'targets', targets } satisfies Request, targets)
    } catch (error) {
      loaded.reject(error)
    }
  }
  const restart = (why: string) => {
    worker.terminate()
    if (waiting !== undefined) settle(null)
    const problem = new TrackingProblem('failed', why)
    if (restarts++ > 0) {
      loaded.reject(problem)
      return onFailed(problem)
    }
    worker = new Worker(workerUrl)
    listen()
    void sendTargets()
  }
  listen()
  void sendTargets()

  return {
    ready: loaded.promise,
    get busy() { return waiting !== undefined },
    get readsFrames() { return readsFrames },
    track: (picture, timeMs) => new Promise((resolve) => {
      const id = nextId++
      waiting = { id, resolve, timer: 0 }
      expectAnswer()
      worker.postMessage({ type: 'track', id, timeMs, ...picture } satisfies Request, ['frame' in picture ? picture.frame : picture.gray])
    }),
    takeBuffer: (bytes) => {
      const buffer = spare?.byteLength === bytes ? spare : new ArrayBuffer(bytes)
      spare = undefined
      return buffer
    },
  }
}

async function fetchTarget(url: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url, { credentials: 'omit' })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return await response.arrayBuffer()
  } catch (cause) {
    throw new TrackingProblem('target', `the target did not load: ${(cause as Error).message}`, cause)
  }
}
