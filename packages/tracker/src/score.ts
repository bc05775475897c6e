import { measureDetail, measureRepetition } from './detail.ts'
import type { DetailGrid } from './detail.ts'
import { cornersOf, createTexture, poseFromCamera, renderFrame } from './simulate.ts'
import { createTracker } from './tracker.ts'
import type { Target } from './target/target.ts'
import type { GrayImage, Homography } from './types.ts'

export type { DetailGrid } from './detail.ts'

/** Why a photo will be hard to recognise; the words for people belong to the caller. */
export type AdviceCode = 'little-detail' | 'uneven-detail' | 'low-contrast' | 'repetitive' | 'fails-far' | 'fails-tilted' | 'fails-dim'

export interface Score {
  /** 0–100: below 40 do not print, below 60 print with care. */
  score: number
  advice: AdviceCode[]
  grid: DetailGrid
  /** Where it still locked on simulated views. */
  conditions: {
    /** Smallest share of the frame's width, 0–1; 1 when it locked nowhere. */
    widthMin: number
    /** Largest tilt in degrees; 0 when it locked at no tilt. */
    tiltMaxDegrees: number
    /** Lowest light, 0–1 of full; 1 when it locked only in full light or nowhere. */
    lightMin: number
  }
}

interface View {
  width: number
  tilt: number
  light: number
  blur: number
}

const frameWidth = 640
const frameHeight = 480
/** A phone's main camera held upright sees about this much from top to bottom of a 4:3 picture. */
const fovDegrees = 52
/** Looks at each view: a guest's hand gives the camera several, each with noise of its own. */
const looksPerView = 3
/** A pose further off than this at a corner, in pixels, is no lock but a mistake. */
const cornerErrorMaxPixels = 6
/** Standard deviation of the sensor's noise in grey levels: that of a phone indoors. */
const noise = 3

/** From easy to hard; the first that fails ends its list, as it does for a guest who walks away from the print. */
const widths = [0.6, 0.4, 0.28, 0.2, 0.15, 0.12, 0.1, 0.085, 0.07, 0.06]
const tilts = [20, 35, 45, 55, 62, 67, 71]
const lights = [0.7, 0.45, 0.3, 0.2, 0.12, 0.07, 0.04]
/** Views that come together in a living room: each weighs the same. */
const mixtures: readonly View[] = [
  { width: 0.4, tilt: 30, light: 0.6, blur: 1 },
  { width: 0.3, tilt: 0, light: 0.4, blur: 1.5 },
  { width: 0.3, tilt: 45, light: 0.7, blur: 0.7 },
  { width: 0.5, tilt: 15, light: 0.3, blur: 2 },
  { width: 0.2, tilt: 40, light: 0.5, blur: 1 },
  { width: 0.15, tilt: 20, light: 0.25, blur: 1 },
  { width: 0.25, tilt: 55, light: 0.35, blur: 1.5 },
  { width: 0.12, tilt: 50, light: 0.2, blur: 1.5 },
]

const adviceFrom = { detail: 28, uneven: 0.3, contrast: 18, repetition: 0.58, width: 0.24, tilt: 45, light: 0.3 }

/**
 * How well this photo will be found and held once it is printed: the tracker itself looks at simulated views of it,
 * further and further away, more and more tilted, in less and less light, and at mixtures of the three.
 * Deterministic. Takes one to three seconds.
 * @param photo the photo that `target` was compiled from, any size
 */
export function score(photo: GrayImage, target: Target): Score {
  const looker = createLooker(photo, target)
  const width = lastThat(widths, (value) => looker({ width: value, tilt: 0, light: 1, blur: 0.5 })) ?? 1
  const tilt = width === 1 ? 0 : (lastThat(tilts, (value) => looker({ width: 0.5, tilt: value, light: 1, blur: 0.5 })) ?? 0)
  const light = width === 1 ? 1 : (lastThat(lights, (value) => looker({ width: 0.5, tilt: 10, light: value, blur: 0.5 })) ?? 1)
  const mixed = width === 1 ? 0 : mixtures.filter(looker).length / mixtures.length
  const reach = (widths.indexOf(width) + 1) / widths.length
  const lean = (tilts.indexOf(tilt) + 1) / tilts.length
  const dim = (lights.indexOf(light) + 1) / lights.length
  const grid = measureDetail(photo)
  const conditions = { widthMin: width, tiltMaxDegrees: tilt, lightMin: light }
  return { score: Math.round(100 * (0.35 * reach + 0.25 * lean + 0.15 * dim + 0.25 * mixed)), advice: advise(photo, grid, conditions), grid, conditions }
}

/** Whether the tracker locks on a view, at the right place, in most of a few looks from nothing. */
function createLooker(photo: GrayImage, target: Target): (view: View) => boolean {
  const tracker = createTracker({ targets: [target] })
  const background = { image: createTexture(frameWidth, frameHeight, 1) }
  let seed = 1
  return (view) => {
    let locks = 0
    for (let look = 0; look < looksPerView && locks < 2; look++) {
      const pose = placePhoto(photo, view, look)
      const frame = renderFrame(photo, { width: frameWidth, height: frameHeight, pose, background, light: view.light, defocus: view.blur, noise, vignetting: 0.15, seed: seed++ })
      tracker.reset()
      const result = tracker.track(frame, seed * 1000)
      if (result.state === 'tracking' && result.pose !== null && cornerError(result.pose, pose) <= cornerErrorMaxPixels) locks++
    }
    return locks >= 2
  }
}

/** Seen from a little to the side, turned a little, as a hand holds a phone; `look` chooses which. */
function placePhoto(photo: GrayImage, view: View, look: number): Homography {
  return poseFromCamera({
    fovDegrees, frameWidth, frameHeight,
    photoAspect: photo.width / photo.height,
    tilt: view.tilt,
    tiltDirection: look * 130,
    roll: (look - 1) * 12,
    // Tall photos are held so that all of them is in the picture.
    widthFraction: Math.min(view.width, (0.9 * (frameHeight / frameWidth) * photo.width) / photo.height),
    centreX: 0.5 + (look - 1) * 0.06,
    centreY: 0.5,
  })
}

function cornerError(pose: Homography, truth: Homography): number {
  const expected = cornersOf(truth)
  return Math.max(...cornersOf(pose).map(([x, y], corner) => Math.hypot(x - expected[corner][0], y - expected[corner][1])))
}

/** The last value before the first that does not hold. */
function lastThat(values: readonly number[], holds: (value: number) => boolean): number | undefined {
  let last: number | undefined
  for (const value of values) {
    if (!holds(value)) return last
    last = value
  }
  return last
}

function advise(photo: GrayImage, grid: DetailGrid, conditions: Score['conditions']): AdviceCode[] {
  const { mean, plainShare } = summarise(grid)
  const advice: AdviceCode[] = []
  if (mean < adviceFrom.detail) advice.push('little-detail')
  else if (1 - plainShare < adviceFrom.uneven) advice.push('uneven-detail')
  if (deviationOf(photo) < adviceFrom.contrast) advice.push('low-contrast')
  if (measureRepetition(photo) > adviceFrom.repetition) advice.push('repetitive')
  if (conditions.widthMin > adviceFrom.width) advice.push('fails-far')
  if (conditions.tiltMaxDegrees < adviceFrom.tilt) advice.push('fails-tilted')
  if (conditions.lightMin > adviceFrom.light) advice.push('fails-dim')
  return advice
}

/** The mean of the cells, and the share of those that carry next to nothing. */
function summarise(grid: DetailGrid): { mean: number; plainShare: number } {
  let sum = 0
  let plain = 0
  for (const value of grid.values) {
    sum += value
    if (value < 20) plain++
  }
  return { mean: sum / grid.values.length, plainShare: plain / grid.values.length }
}

function deviationOf({ data }: GrayImage): number {
  let sum = 0
  let squares = 0
  for (const value of data) {
    sum += value
    squares += value * value
  }
  const mean = sum / data.length
  return Math.sqrt(Math.max(0, squares / data.length - mean * mean))
}
