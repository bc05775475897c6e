import { createRandom, viewFromCamera } from '../../packages/tracker/src/simulate.ts'
import type { CameraView, PhotoView, Scene } from '../../packages/tracker/src/simulate.ts'
import type { Photo } from './photos.ts'
import { drawView, films, handHeld } from './sequences.ts'
import type { Sequence, Suite } from './sequences.ts'

/** The grid of TRACKER.md, fixed before any tuning. The first value of each axis is the base. */
const AXES = {
  tilt: [30, 0, 45, 60, 65],
  width: [0.35, 0.12, 0.2, 0.6],
  blur: [0, 1.5, 3],
  light: [1, 0.4, 0.2],
  cover: ['none', 'glare', 'half hidden'],
  lens: [45, 30, 60, 75],
  /** Each only by itself: what else happens between a print and the pixels. */
  extra: ['none', 'curl', 'moiré', 'shadow', 'flicker', 'JPEG 40', 'rolling exposure', 'white margin'],
} as const

type Axis = keyof typeof AXES
type Conditions = { [A in Axis]: (typeof AXES)[A][number] }

const BASE = Object.fromEntries(Object.entries(AXES).map(([axis, values]) => [axis, values[0]])) as Conditions
const PAIRED: Axis[] = ['tilt', 'width', 'blur', 'light', 'cover', 'lens']
/** A pair of conditions is filmed with this many photos, taking turns; a single one with every photo. */
const PHOTOS_PER_PAIR = 3
const FRAME = { width: 640, height: 480 }

/** Every value of every axis with every photo, and every two values of different axes with three photos. */
export function hardSequences(photos: Photo[], frames: number): Sequence[] {
  const sequences: Sequence[] = []
  for (const [cellIndex, conditions] of hardCells().entries()) {
    const single = changedAxes(conditions).length < 2
    for (let turn = 0; turn < (single ? photos.length : Math.min(photos.length, PHOTOS_PER_PAIR)); turn++) {
      const photoIndex = single ? turn : (cellIndex * 7 + turn * 3) % photos.length
      sequences.push(filmCell('hard', photos[photoIndex], conditions, 10_000 + cellIndex * 100 + photoIndex, frames, turn === 0 || (single && turn % 3 === 0)))
    }
  }
  return sequences
}

/** Draws from the full product of the axes: several hard things at once, some beyond what pixels can carry. */
export function extremeSequences(photos: Photo[], count: number, frames: number): Sequence[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(50_000 + index)
    const conditions = Object.fromEntries(PAIRED.map(axis => [axis, AXES[axis][Math.floor(random.uniform() * AXES[axis].length)]]))
    return { ...filmCell('extreme', photos[index % photos.length], { ...BASE, ...conditions } as Conditions, 60_000 + index, frames, false), cell: 'all axes at once' }
  })
}

function hardCells(): Conditions[] {
  const cells: Conditions[] = [BASE]
  const others = (axis: Axis) => AXES[axis].slice(1).map(value => ({ [axis]: value }) as Partial<Conditions>)
  for (const axis of Object.keys(AXES) as Axis[]) for (const change of others(axis)) cells.push({ ...BASE, ...change })
  PAIRED.forEach((first, index) => {
    for (const second of PAIRED.slice(index + 1)) {
      for (const one of others(first)) for (const two of others(second)) cells.push({ ...BASE, ...one, ...two })
    }
  })
  return cells
}

function changedAxes(conditions: Conditions): Axis[] {
  return (Object.keys(AXES) as Axis[]).filter(axis => conditions[axis] !== BASE[axis])
}

function nameOf(conditions: Conditions): string {
  const words: { [A in Axis]: (value: never) => string } = {
    tilt: (value: number) => `tilt ${value}°`, width: (value: number) => `width ${value * 100} %`, blur: (value: number) => `blur ${value} px`,
    light: (value: number) => `light ${value * 100} %`, cover: (value: string) => value, lens: (value: number) => `field of view ${value}°`,
    extra: (value: string) => value,
  }
  return changedAxes(conditions).map(axis => words[axis](conditions[axis] as never)).join(', ') || 'base'
}

function filmCell(suite: Suite, photo: Photo, conditions: Conditions, seed: number, frames: number, peer: boolean): Sequence {
  const random = createRandom(seed)
  const wanted = { tilt: conditions.tilt, widthFraction: conditions.width, fovDegrees: conditions.lens }
  const view = drawView(wanted, photo.image.width / photo.image.height, seed, seed % 3 === 0)
  const disturb = disturbance(conditions, photo, view, random.bits())
  return {
    suite, cell: nameOf(conditions), photo: photo.name, expectedFrom: 0, peer,
    jpegQuality: conditions.extra === 'JPEG 40' ? 40 : undefined,
    scenes: films(frames, frame => {
      const seen = viewFromCamera(handHeld(view, frame, seed))
      return { ...FRAME, pose: seen.pose, noise: 2, vignetting: 0.2, light: conditions.light, seed: seed + frame * 16, ...disturb(seen) }
    }),
  }
}

/** What the conditions add to every scene of a film. Blur is defocus in one half of the films, movement in the other. */
function disturbance(conditions: Conditions, { image }: Photo, view: CameraView, seed: number): (seen: PhotoView) => Partial<Scene> {
  const random = createRandom(seed)
  const heading = random.between(0, 2 * Math.PI), moving = random.uniform() < 0.5
  const half = Math.floor(random.between(0, 4))
  const spot = { x: (view.centreX + random.between(-0.1, 0.1) * view.widthFraction) * FRAME.width, y: (view.centreY + random.between(-0.1, 0.1) * view.widthFraction) * FRAME.height }
  const size = view.widthFraction * FRAME.width
  const margin = { u: 0.12, v: 0.12 * image.width / image.height }
  return seen => {
    const scene: Partial<Scene> = {}
    const length = 3 * conditions.blur
    if (conditions.blur > 0 && moving) scene.motion = { dx: length * Math.cos(heading), dy: length * Math.sin(heading) }
    else if (conditions.blur > 0) scene.defocus = conditions.blur
    if (conditions.cover === 'glare') scene.glare = { ...spot, radius: 0.18 * size, strength: 260 }
    if (conditions.cover === 'half hidden') {
      scene.occluder = { u0: half === 0 ? 0.5 : -margin.u, u1: half === 1 ? 0.5 : 1 + margin.u, v0: half === 2 ? 0.5 : -margin.v, v1: half === 3 ? 0.5 : 1 + margin.v }
    }
    return { ...scene, ...extraOf(conditions.extra, seen, spot, size) }
  }
}

function extraOf(extra: Conditions['extra'], seen: PhotoView, spot: { x: number, y: number }, size: number): Partial<Scene> {
  switch (extra) {
    case 'curl': return { curl: { amount: 0.03, axis: 'u', normal: seen.normal } }
    case 'moiré': return { moire: { amount: 0.25, cells: size * 0.8 } }
    case 'shadow': return { shadow: { ...spot, angle: 35, softness: 12, depth: 0.6 } }
    case 'flicker': return { flicker: { amount: 0.35, rowsPerBand: 110, phase: 0.3 } }
    case 'rolling exposure': return { rolling: { dx: 5, dy: 2 } }
    case 'white margin': return { margin: 0.06 }
    default: return {}
  }
}
