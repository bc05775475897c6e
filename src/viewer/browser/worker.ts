/** The worker's side: one tracker, fed with one frame at a time. */
import { createAlbumTracker, createTracker, readAlbumIndex, readTarget } from '#tracker'
import type { AlbumTracker, GrayImage, Tracker } from '#tracker'
import type { Answer, Request } from './messages.ts'
import { createLumaReader } from './luma.ts'

interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null
  postMessage(message: Answer, transfer?: Transferable[]): void
}

const scope = globalThis as unknown as WorkerScope
const readLuma = createLumaReader()
let tracker: Pick<Tracker, 'track'> | undefined
let album: AlbumTracker | undefined

scope.onmessage = ({ data }) => {
  if (data.type === 'targets') loadTargets(data.targets)
  else if (data.type === 'album') openAlbum(data.index)
  else if (data.type === 'target') loadPhoto(data.photo, data.target)
  else void track(data)
}

function loadTargets(files: ArrayBuffer[]): void {
  begin(() => {
    const targets = files.map((file) => readTarget(new Uint8Array(file)))
    const single = createTracker({ targets })
    warmUp(single)
    single.setTargets(targets)
    tracker = single
    return undefined
  })
}

function openAlbum(file: ArrayBuffer): void {
  begin(() => {
    const index = readAlbumIndex(new Uint8Array(file))
    const open = () => createAlbumTracker({ index, onWant: (photo) => album && scope.postMessage({ type: 'wanted', photo }) })
    warmUp(open())
    tracker = album = open()
    return index.ids
  })
}

function loadPhoto(photo: number, file: ArrayBuffer | null): void {
  try {
    if (file !== null) return album?.load(photo, readTarget(new Uint8Array(file)))
  } catch { /* A damaged file is as good as none. */ }
  album?.skip(photo)
}

function begin(open: () => readonly string[] | undefined): void {
  try {
    scope.postMessage({ type: 'ready', ids: open() })
  } catch (error) {
    const { code = 'failed', message } = error as Error & { code?: string }
    scope.postMessage({ type: 'failed', code, message })
  }
}

/** Lets the browser compile the tracker's code while the guest still reads the start screen, on frames of noise. */
function warmUp(tracker: Pick<Tracker, 'track'>): void {
  const frame = { data: new Uint8Array(640 * 480), width: 640, height: 480 }
  let seed = 1
  for (let time = 0; time < 3; time++) {
    for (let index = 0; index < frame.data.length; index++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      frame.data[index] = (seed >>> 24) >> 1
    }
    tracker.track(frame, time)
  }
}

async function track(request: Extract<Request, { type: 'track' }>): Promise<void> {
  const { id, timeMs } = request
  let image: GrayImage
  let buffer: ArrayBuffer | undefined
  if ('frame' in request) {
    try {
      image = await readLuma(request.frame)
    } catch {
      return scope.postMessage({ type: 'unreadable', id })
    } finally {
      request.frame.close()
    }
  } else {
    buffer = request.gray
    image = { data: new Uint8Array(buffer), width: request.width, height: request.height }
  }
  const result = tracker?.track(image, timeMs)
  const pose = result?.pose ? Array.from(result.pose) : null
  const answer: Answer = { type: 'tracked', id, state: result?.state ?? 'searching', target: result?.target ?? -1, pose, confidence: result?.confidence ?? 0, buffer }
  scope.postMessage(answer, buffer === undefined ? [] : [buffer])
}
