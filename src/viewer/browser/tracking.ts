import type { AlbumList, AlbumPhoto } from '../contract.ts'
import type { Answer, FramePicture, Request, Tracked } from './messages.ts'

export interface Tracking {
  /** Settles when the worker has its targets; rejects with TrackingProblem when they can't be had or used. */
  ready: Promise<void>
  /** Whether a frame is on its way: only one ever is. */
  readonly busy: boolean
  /** False once the worker found that it can't read this browser's VideoFrames. */
  readonly readsFrames: boolean
  /** Of an album, by the number that `track` tells; empty until `ready`. */
  readonly photos: readonly (AlbumPhoto | undefined)[]
  /** Sends a frame and tells where the photo is in it; null when this frame could not be looked at. */
  track(picture: FramePicture, timeMs: number): Promise<Tracked | null>
  /** A grey buffer that came back from the worker, to be filled again. */
  takeBuffer(bytes: number): ArrayBuffer
  stop(): void
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

/** What is looked for: one photo by its target, or all of an album by its list. */
export type Wanted = { target: string } | { album: string }

/** What the worker begins with. `list` is an album's. */
interface Supplies {
  request: Extract<Request, { type: 'targets' | 'album' }>
  list: AlbumPhoto[]
}

/** Starts the worker and fetches what it needs, both at once. `onFailed` hears of a worker that can't go on. */
export function startTracking(workerUrl: string, wanted: Wanted, onFailed: (problem: TrackingProblem) => void): Tracking {
  return new WorkerTracking(workerUrl, wanted, onFailed)
}

class WorkerTracking implements Tracking {
  readsFrames = true
  photos: (AlbumPhoto | undefined)[] = []
  private readonly workerUrl: string
  private readonly onFailed: (problem: TrackingProblem) => void
  private readonly supplies: Promise<Supplies>
  private readonly loaded: { resolve(): void; reject(reason: unknown): void }
  readonly ready: Promise<void>
  private worker: Worker
  private restarts = 0
  private nextId = 1
  private waiting: { id: number; resolve: (result: Tracked | null) => void; timer: number } | undefined
  private spare: ArrayBuffer | undefined

  constructor(workerUrl: string, wanted: Wanted, onFailed: (problem: TrackingProblem) => void) {
    this.workerUrl = workerUrl
    this.onFailed = onFailed
    this.supplies = 'album' in wanted ? fetchAlbum(wanted.album) : fetchTarget(wanted.target).then((target) => ({ request: { type: 'targets', targets: [target] }, list: [] }))
    let settlers: WorkerTracking['loaded']
    this.ready = new Promise((resolve, reject) => { settlers = { resolve, reject } })
    this.loaded = settlers!
    this.ready.catch(() => { /* whoever awaits it hears of it */ })
    this.worker = this.startWorker()
  }

  get busy(): boolean {
    return this.waiting !== undefined
  }

  track(picture: FramePicture, timeMs: number): Promise<Tracked | null> {
    return new Promise((resolve) => {
      const id = this.nextId++
      this.waiting = { id, resolve, timer: 0 }
      this.expectAnswer()
      this.worker.postMessage({ type: 'track', id, timeMs, ...picture } satisfies Request, ['frame' in picture ? picture.frame : picture.gray])
    })
  }

  takeBuffer(bytes: number): ArrayBuffer {
    const buffer = this.spare?.byteLength === bytes ? this.spare : new ArrayBuffer(bytes)
    this.spare = undefined
    return buffer
  }

  stop(): void {
    this.worker.terminate()
    if (this.waiting !== undefined) this.settle(null)
  }

  private startWorker(): Worker {
    const worker = new Worker(this.workerUrl)
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.hear(data)
    worker.onerror = (event) => {
      event.preventDefault()
      this.restart(event.message)
    }
    // Copied, not transferred: a worker that takes its place will need them, too.
    void this.supplies.then(({ request }) => worker.postMessage(request), (error: unknown) => this.loaded.reject(error))
    return worker
  }

  private hear(answer: Answer): void {
    if (answer.type === 'ready') return void this.begin(answer.ids ?? [])
    if (answer.type === 'wanted') return void this.fetchPhoto(answer.photo, this.worker)
    if (answer.type === 'failed') return this.loaded.reject(new TrackingProblem('failed', `${answer.code}: ${answer.message}`))
    if (answer.id !== this.waiting?.id) return
    if (answer.type === 'unreadable') {
      this.readsFrames = false
      return this.settle(null)
    }
    this.spare = answer.buffer ?? this.spare
    this.settle(answer)
  }

  private async begin(ids: readonly string[]): Promise<void> {
    const { list } = await this.supplies
    const byId = new Map(list.map((photo) => [photo.id, photo]))
    this.photos = ids.map((id) => byId.get(id))
    this.loaded.resolve()
  }

  /** Of one photo of the album that may be in view. */
  private async fetchPhoto(photo: number, worker: Worker): Promise<void> {
    const url = this.photos[photo]?.target_url
    const target = url === undefined ? null : await fetchTarget(url).catch(() => null)
    worker.postMessage({ type: 'target', photo, target } satisfies Request, target === null ? [] : [target])
  }

  private settle(result: Tracked | null): void {
    const { timer, resolve } = this.waiting!
    clearTimeout(timer)
    this.waiting = undefined
    resolve(result)
  }

  /** A page that was asleep finds all its timers due at once: then the worker was asleep, too, and gets its time anew. */
  private expectAnswer(): void {
    const due = performance.now() + answerTimeoutMs
    this.waiting!.timer = setTimeout(() => (performance.now() > due + 1000 ? this.expectAnswer() : this.restart('no answer')), answerTimeoutMs)
  }

  private restart(why: string): void {
    this.stop()
    if (this.restarts++ > 0) {
      const problem = new TrackingProblem('failed', why)
      this.loaded.reject(problem)
      return this.onFailed(problem)
    }
    this.worker = this.startWorker()
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

async function fetchAlbum(url: string): Promise<Supplies> {
  const list = JSON.parse(new TextDecoder().decode(await fetchTarget(url))) as AlbumList
  if (list.index_url === null) throw new TrackingProblem('target', 'the album is empty')
  return { request: { type: 'album', index: await fetchTarget(list.index_url) }, list: list.photos }
}
