import { createRandom, cornersOf, poseFromCamera } from '../../packages/tracker/src/simulate.ts'
import type { CameraView, Scene } from '../../packages/tracker/src/simulate.ts'
import type { Photo } from './photos.ts'

export type Suite = 'easy' | 'hard' | 'extreme' | 'still' | 'motion' | 'enter'

/** A short film of one photo with the truth about every frame. */
export interface Sequence {
  suite: Suite
  /** The condition under test, as the report names it. */
  cell: string
  photo: string
  scenes: Scene[]
  /** The film goes through a JPEG encoder of this quality. */
  jpegQuality?: number
  /** Frames before this one are not asked for: the photo is still coming into view. */
  expectedFrom: number
  /** MindAR runs on this film too. */
  peer: boolean
}

export const FRAME_MS = 1000 / 30
const FRAME = { width: 640, height: 480 }
const NOISE = 2

/** Camera parameters of a hand: a slow drift and a tremor, different for every seed. */
export function handHeld(view: CameraView, frame: number, seed: number, strength = 1): CameraView {
  const random = createRandom(seed)
  const swing = (frames: number) => Math.sin(2 * Math.PI * (frame / (frames * random.between(0.8, 1.25)) + random.uniform()))
  return {
    ...view,
    centreX: view.centreX + strength * (0.012 * swing(40) + 0.0015 * swing(4)),
    centreY: view.centreY + strength * (0.012 * swing(45) + 0.0015 * swing(5)),
    tilt: Math.min(75, Math.max(0, view.tilt + strength * 2 * swing(50))),
    tiltDirection: view.tiltDirection + strength * 3 * swing(60),
    roll: view.roll + strength * 2 * swing(35),
    widthFraction: view.widthFraction * (1 + strength * 0.02 * swing(55)),
  }
}

/** A view with every corner inside the frame where that is possible at all: forty draws, the best one kept. */
export function drawView(wanted: Partial<CameraView>, aspect: number, seed: number, anyRoll = false): CameraView {
  const random = createRandom(seed)
  let best: CameraView | undefined, leastOutside = Infinity
  for (let draw = 0; draw < 40 && leastOutside > 0; draw++) {
    const view: CameraView = {
      fovDegrees: 45, frameWidth: FRAME.width, frameHeight: FRAME.height, photoAspect: aspect,
      tilt: 0, widthFraction: 0.35,
      tiltDirection: random.between(0, 360),
      roll: anyRoll ? random.between(-180, 180) : random.between(-30, 30),
      centreX: random.between(0.25, 0.75), centreY: random.between(0.25, 0.75),
      ...wanted,
    }
    const outside = cornersOf(poseFromCamera(view)).reduce((most, [x, y]) => Math.max(most, 8 - x, 8 - y, x - FRAME.width + 8, y - FRAME.height + 8), 0)
    if (outside < leastOutside) { best = view; leastOutside = outside }
  }
  return best!
}

/** The everyday case: good light, a tilt up to 30°, the photo at a third to two thirds of the frame, four lenses. */
export function easySequences(photos: Photo[], frames: number): Sequence[] {
  return photos.flatMap(({ name, image }, index) => [30, 45, 60, 75].map((fovDegrees, lens): Sequence => {
    const seed = 1000 + index * 10 + lens
    const random = createRandom(seed)
    const wanted = { fovDegrees, tilt: random.between(0, 30), widthFraction: random.between(0.35, 0.6) }
    const view = drawView(wanted, image.width / image.height, seed)
    return {
      suite: 'easy', cell: `field of view ${fovDegrees}°`, photo: name, expectedFrom: 0, peer: index % 2 === 0,
      scenes: films(frames, frame => ({ ...FRAME, pose: poseFromCamera(handHeld(view, frame, seed)), noise: NOISE, vignetting: 0.2, seed: seed + frame * 16 })),
    }
  }))
}

/** A camera on a tripod: only the sensor's noise changes. */
export function stillSequences(photos: Photo[], frames: number): Sequence[] {
  return photos.map(({ name, image }, index): Sequence => {
    const seed = 2000 + index
    const view = drawView({ tilt: [0, 20, 40][index % 3], widthFraction: 0.45 }, image.width / image.height, seed)
    const pose = poseFromCamera(view)
    return {
      suite: 'still', cell: 'still', photo: name, expectedFrom: 0, peer: index % 2 === 0,
      scenes: films(frames, frame => ({ ...FRAME, pose, noise: NOISE, seed: seed + frame * 16 })),
    }
  })
}

/** A quick hand: up to 9 px a frame, with the blur and the lean that such movement brings. */
export function motionSequences(photos: Photo[], frames: number): Sequence[] {
  return photos.map(({ name, image }, index): Sequence => {
    const seed = 3000 + index
    const view = drawView({ tilt: 20, widthFraction: 0.4, centreX: 0.5, centreY: 0.5 }, image.width / image.height, seed)
    const centreAt = (frame: number) => [0.5 + 0.1 * Math.sin(2 * Math.PI * frame / 48 + index), 0.5 + 0.07 * Math.sin(2 * Math.PI * frame / 31 + index)]
    return {
      suite: 'motion', cell: 'motion', photo: name, expectedFrom: 0, peer: index % 2 === 0,
      scenes: films(frames, frame => {
        const [centreX, centreY] = centreAt(frame), [nextX, nextY] = centreAt(frame + 0.5), [lastX, lastY] = centreAt(frame - 0.5)
        const dx = (nextX - lastX) * FRAME.width, dy = (nextY - lastY) * FRAME.height
        const pose = poseFromCamera({ ...view, centreX, centreY })
        return { ...FRAME, pose, noise: NOISE, motion: { dx: dx / 3, dy: dy / 3 }, rolling: { dx: dx * 0.6, dy: dy * 0.6 }, seed: seed + frame * 16 }
      }),
    }
  })
}

/** The photo comes in from a side and stays. */
export function enterSequences(photos: Photo[], frames: number): Sequence[] {
  const arrival = 12
  return photos.map(({ name, image }, index): Sequence => {
    const seed = 4000 + index
    const side = (index % 4) * Math.PI / 2
    const view = drawView({ tilt: 25, widthFraction: 0.4, centreX: 0.5, centreY: 0.5 }, image.width / image.height, seed)
    return {
      suite: 'enter', cell: ['from the right', 'from below', 'from the left', 'from above'][index % 4], photo: name,
      expectedFrom: arrival, peer: index % 2 === 0,
      scenes: films(frames, frame => {
        const away = Math.max(0, 1 - frame / arrival)
        const shifted = { ...view, centreX: view.centreX + Math.cos(side) * away * 0.9, centreY: view.centreY + Math.sin(side) * away * 1.1 }
        const speed = frame < arrival ? { dx: -Math.cos(side) * 12, dy: -Math.sin(side) * 10 } : { dx: 0, dy: 0 }
        return { ...FRAME, pose: poseFromCamera(handHeld(shifted, frame, seed)), noise: NOISE, motion: speed, seed: seed + frame * 16 }
      }),
    }
  })
}

export function films(frames: number, scene: (frame: number) => Scene): Scene[] {
  return Array.from({ length: frames }, (_, frame) => scene(frame))
}
