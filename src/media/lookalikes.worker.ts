import { readFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { createTracker, readTarget } from '#tracker'
import type { GrayImage, Target } from '#tracker'
import { answer } from './answer.ts'
import type { LookAlike, LookAlikesInput } from './lookalikes.ts'

/** What the camera sees: the photo alone on grey, from near and from further away. */
const frameWidth = 640
const frameHeight = 480
const shares = [0.85, 0.5]
const grey = 128

answer<LookAlike[]>((onProgress) => {
  const { photo, targets } = workerData as LookAlikesInput
  const others = targets.flatMap(({ id, file }) => read(id, file))
  onProgress(0.3)
  const found = new Map<string, number>()
  for (const [index, share] of shares.entries()) {
    const frame = drawFrame(photo, share)
    const groups = group(others, index % 2 === 0)
    for (const [done, members] of groups.entries()) {
      lookAt(frame, members.filter(({ id }) => !found.has(id)), found)
      onProgress(0.3 + 0.7 * (index + (done + 1) / groups.length) / shares.length)
    }
  }
  return [...found].map(([id, similarity]) => ({ id, similarity }))
})

interface Other {
  id: string
  target: Target
}

/** One damaged file of somebody else's must not keep this photo from being compared with the rest. */
function read(id: string, file: string): Other[] {
  try {
    return [{ id, target: readTarget(readFileSync(file)) }]
  } catch {
    return []
  }
}

/**
 * Rows or columns of a square of all others, newest first. The tracker shows neither of two that it cannot tell apart, so
 * pictures of one burst would hide each other: no two that share a row share a column.
 */
function group(others: Other[], asRows: boolean): Other[][] {
  const side = Math.ceil(Math.sqrt(others.length))
  return Array.from({ length: side }, (_, line) =>
    others.filter((_other, index) => (asRows ? Math.floor(index / side) : index % side) === line))
}

/** The tracker says one target at a time; what it found is taken away until it finds nothing more. */
function lookAt(frame: GrayImage, others: Other[], found: Map<string, number>): void {
  let left = others
  const tracker = createTracker({ targets: [] })
  while (left.length > 0) {
    tracker.setTargets(left.map(({ target }) => target))
    const { state, target, confidence } = tracker.track(frame, 0)
    if (state !== 'tracking') return
    found.set(left[target].id, confidence)
    left = left.filter((_, index) => index !== target)
  }
}

/** The photo in the middle of the frame, filling `share` of it, each pixel the mean of what it covers. */
function drawFrame({ data, width, height }: GrayImage, share: number): GrayImage {
  const scale = Math.min((share * frameWidth) / width, (share * frameHeight) / height)
  const drawnWidth = Math.max(1, Math.round(width * scale))
  const drawnHeight = Math.max(1, Math.round(height * scale))
  const left = (frameWidth - drawnWidth) >> 1
  const top = (frameHeight - drawnHeight) >> 1
  const frame = new Uint8Array(frameWidth * frameHeight).fill(grey)
  const columns = Array.from({ length: drawnWidth }, (_, x) => span(x, drawnWidth, width))
  for (let y = 0; y < drawnHeight; y++) {
    const [from, to] = span(y, drawnHeight, height)
    for (let x = 0; x < drawnWidth; x++) {
      let sum = 0
      for (let row = from; row < to; row++) {
        for (let column = columns[x][0]; column < columns[x][1]; column++) sum += data[row * width + column]
      }
      frame[(top + y) * frameWidth + left + x] = sum / ((to - from) * (columns[x][1] - columns[x][0]))
    }
  }
  return { data: frame, width: frameWidth, height: frameHeight }
}

/** Which source pixels a drawn one covers: from, to (not included), at least one. */
function span(at: number, drawn: number, source: number): [number, number] {
  const from = Math.min(source - 1, Math.floor((at * source) / drawn))
  return [from, Math.max(from + 1, Math.floor(((at + 1) * source) / drawn))]
}
