import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { createTracker } from '../tracker.ts'
import type { Target } from '../target/target.ts'
import type { GrayImage, Homography } from '../types.ts'

const WIDTH_MAX_PX = 1_280
const HEADER_BYTES_MAX = 1_024
const STDERR_CHARACTERS_MAX = 2_000

/** One frame's line; `corners` are eight numbers: top left, top right, bottom right, bottom left, in frame pixels. */
export interface TrackLine {
  frame: number
  timeMs: number
  state: string
  target: number
  confidence: number
  pose: number[] | null
  corners: number[] | null
}

/**
 * Tracks every frame of a video, which ffmpeg decodes to grey; frames wider than 1,280 px are scaled down.
 * @throws Error with ffmpeg's own words when it can't read the video
 */
export async function trackVideo(path: string, targets: Target[], emit: (line: TrackLine | { width: number, height: number }) => void): Promise<{ frames: number, tracked: number, msPerFrame: number }> {
  const tracker = createTracker({ targets })
  let frames = 0, tracked = 0, spent = 0
  for await (const { image, timeMs } of decodeVideo(path)) {
    if (frames === 0) emit({ width: image.width, height: image.height })
    const start = performance.now()
    const { state, target, pose, confidence } = tracker.track(image, timeMs)
    spent += performance.now() - start
    emit({ frame: frames++, timeMs: Math.round(timeMs * 1000) / 1000, state, target, confidence, pose: pose && Array.from(pose), corners: pose && cornersOf(pose) })
    if (state === 'tracking') tracked++
  }
  return { frames, tracked, msPerFrame: frames ? spent / frames : 0 }
}

/** Frames in order, as YUV4MPEG: its header carries size and rate, so nothing else need be asked. */
async function* decodeVideo(path: string): AsyncGenerator<{ image: GrayImage, timeMs: number }> {
  const filter = `scale='min(${WIDTH_MAX_PX},iw)':-2,format=gray`
  const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-i', path, '-an', '-vf', filter, '-strict', '-1', '-f', 'yuv4mpegpipe', '-'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => { complaint = (complaint + text).slice(-STDERR_CHARACTERS_MAX) })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', cause => reject(new Error('ffmpeg could not be started: is it installed?', { cause })))
    child.on('close', resolve)
  })
  ended.catch(() => {})
  try {
    yield* readY4m(child.stdout)
    const code = await ended
    if (code !== 0) throw new Error(`ffmpeg: ${complaint.trim() || `ended with ${code}`}`)
  } finally {
    child.kill()
  }
}

/** YUV4MPEG2 with grey frames (`Cmono`). */
export async function* readY4m(stream: Readable): AsyncGenerator<{ image: GrayImage, timeMs: number }> {
  let pending: Buffer = Buffer.alloc(0), header: { width: number, height: number, frameMs: number } | undefined, number = 0
  for await (const chunk of stream) {
    pending = pending.length ? Buffer.concat([pending, chunk]) : chunk
    for (;;) {
      const line = pending.indexOf(10)
      if (line < 0) {
        if (pending.length > HEADER_BYTES_MAX) throw new Error('this is no YUV4MPEG stream')
        break
      }
      if (!header) {
        header = readHeader(pending.subarray(0, line).toString('latin1'))
        pending = pending.subarray(line + 1)
        continue
      }
      const end = line + 1 + header.width * header.height
      if (pending.length < end) break
      yield { image: { data: new Uint8Array(pending.subarray(line + 1, end)), width: header.width, height: header.height }, timeMs: number++ * header.frameMs }
      pending = pending.subarray(end)
    }
  }
}

function readHeader(line: string): { width: number, height: number, frameMs: number } {
  const match = line.match(/^YUV4MPEG2 W(\d+) H(\d+) F(\d+):(\d+)/)
  if (!match || !line.includes(' Cmono')) throw new Error('this is no YUV4MPEG stream of grey frames')
  return { width: Number(match[1]), height: Number(match[2]), frameMs: 1000 * Number(match[4]) / Number(match[3]) }
}

function cornersOf(pose: Homography): number[] {
  return [[0, 0], [1, 0], [1, 1], [0, 1]].flatMap(([u, v]) => {
    const w = pose[6] * u + pose[7] * v + pose[8]
    return [(pose[0] * u + pose[1] * v + pose[2]) / w, (pose[3] * u + pose[4] * v + pose[5]) / w]
  })
}
