import { createTracker, readTarget } from '../../packages/tracker/src/index.ts'
import { renderFrame } from '../../packages/tracker/src/simulate.ts'
import type { GrayImage } from '../../packages/tracker/src/types.ts'
import { poseFromCamera } from '../../packages/tracker/src/simulate.ts'
import { quantile } from './figures.ts'
import type { Photo } from './photos.ts'
import { drawView, FRAME_MS, handHeld } from './sequences.ts'

export interface Timing { size: string, trackMs: number, searchMs: number }

/** Frames of a hand-held photo at a size, for timing: the same for every contestant. */
export function timingFrames(photo: Photo, width: number, height: number, count: number): GrayImage[] {
  const view = { ...drawView({ tilt: 25, widthFraction: 0.45, centreX: 0.5, centreY: 0.5 }, photo.image.width / photo.image.height, 80), frameWidth: width, frameHeight: height }
  return Array.from({ length: count }, (_, frame) => renderFrame(photo.image, { width, height, pose: poseFromCamera(handHeld(view, frame, 80)), noise: 2, seed: 16 * frame }))
}

/** Median milliseconds per tracked frame and per search without the photo, on this thread alone. */
export function measureTiming(photo: Photo, file: Uint8Array, frames: number): Timing[] {
  return [[640, 480], [1280, 720]].map(([width, height]) => {
    const tracker = createTracker({ targets: [readTarget(file)] })
    const film = timingFrames(photo, width, height, frames)
    const times: number[] = []
    film.forEach((frame, number) => {
      const start = performance.now()
      const { state } = tracker.track(frame, number * FRAME_MS)
      if (state === 'tracking' && number > 5) times.push(performance.now() - start)
    })
    tracker.reset()
    const searches = film.map((_, number) => {
      const empty = renderFrame(photo.image, { width, height, pose: null, noise: 2, seed: 3 + 16 * number })
      const start = performance.now()
      tracker.track(empty, 1e6 + number * FRAME_MS)
      return performance.now() - start
    })
    return { size: `${width}×${height}`, trackMs: quantile(times, 0.5) ?? NaN, searchMs: quantile(searches, 0.5)! }
  })
}
