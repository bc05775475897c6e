import { addGlare, shade } from './simulate/light.ts'
import type { Flicker, Glare, Shadow } from './simulate/light.ts'
import { defocus, smear } from './simulate/lens.ts'
import { multiply } from './simulate/homography.ts'
import { paintLayer } from './simulate/layer.ts'
import type { Layer, Rolling } from './simulate/layer.ts'
import { pyramidOf } from './simulate/pyramid.ts'
import { createRandom } from './simulate/random.ts'
import { createSmoothTexture, createTexture } from './simulate/texture.ts'
import type { GrayImage, Homography } from './types.ts'

export { poseFromCamera, viewFromCamera } from './simulate/camera.ts'
export type { CameraView, PhotoView } from './simulate/camera.ts'
export { cornersOf } from './simulate/homography.ts'
export { createRandom } from './simulate/random.ts'
export { createTexture } from './simulate/texture.ts'

/** One camera frame to be rendered: what is in view and what happens on the way to the pixels. Grey levels are 0–255. */
export interface Scene {
  width: number
  height: number
  /** Unit square of the photo to frame pixels (pixel centres at .5) at mid-exposure of the middle row; null: no photo. */
  pose: Homography | null
  /** Fills the frame behind the photo, mirrored without end; default: a texture from `seed`, one texel per pixel. */
  background?: Background
  /** White paper around the photo, as a fraction of its width. */
  margin?: number
  /** The print bows towards the camera by `amount` photo widths at its middle; its corners stay. `normal`: `viewFromCamera`. */
  curl?: { amount: number, axis: 'u' | 'v', normal: Float64Array }
  /** A printing screen of `cells` dots across, strength 0–1: beats against the pixels as moiré. */
  moire?: { amount: number, cells: number }
  /** Smooth, skin-like cover over a rectangle of the photo's unit square; it may reach beyond the photo. */
  occluder?: { u0: number, v0: number, u1: number, v1: number }
  /** Standard deviation of the Gaussian defocus, in pixels. */
  defocus?: number
  /** Movement in pixels while one row is exposed. */
  motion?: { dx: number, dy: number }
  /** Movement in pixels from the exposure of the first row to that of the last. */
  rolling?: Rolling
  /** Share of light lost in the corners, 0–1. */
  vignetting?: number
  glare?: Glare
  shadow?: Shadow
  flicker?: Flicker
  /** Gain: 1 is full light, 0.2 a dim room without the camera's compensation. */
  light?: number
  /** Standard deviation of the sensor's noise in grey levels, once for reading and once, at white, for the light itself. */
  noise?: number
  /** Chooses the noise and the default background. */
  seed?: number
}

export interface Background {
  image: GrayImage
  /** Unit square of the image to frame pixels; default: one texel per pixel from the frame's corner. */
  pose?: Homography
}

/**
 * Renders what a camera would see: the photo on its background through lens, light and sensor, in grey levels as
 * stored (no gamma is undone). Deterministic: the same photo and scene give the same bytes.
 * JPEG artefacts are left to the caller, who has an encoder.
 * @param photo the printed photo, any size; its mip pyramid is built once per object.
 * @returns a new frame of `scene.width` × `scene.height`.
 */
export function renderFrame(photo: GrayImage, scene: Scene): GrayImage {
  const { width, height } = scene
  const rolling = scene.rolling ?? { dx: 0, dy: 0 }
  let frame = paintBackground(scene, rolling)
  if (scene.pose) for (const layer of printLayers(photo, scene, scene.pose)) paintLayer(frame, width, height, layer, rolling)
  frame = smear(frame, width, height, scene.motion?.dx ?? 0, scene.motion?.dy ?? 0) ?? frame
  defocus(frame, width, height, scene.defocus ?? 0)
  shade(frame, width, height, { vignetting: scene.vignetting ?? 0, shadow: scene.shadow, flicker: scene.flicker })
  if (scene.glare) addGlare(frame, width, height, scene.glare)
  return { data: expose(frame, scene), width, height }
}

/**
 * Where the photo appears in the rendered frame: the scene's pose, leaned by rolling exposure (which shears and
 * stretches, so it stays a homography). Null without a photo.
 */
export function poseInFrame(scene: Scene): Homography | null {
  const { pose, rolling, height } = scene
  if (!pose || !rolling) return pose
  // A row y shows what is there at y − dy·(y/height − ½): solve for the row, then shift its columns alike.
  const stretch = 1 / (1 - rolling.dy / height), lean = rolling.dx / height * stretch
  const shown = multiply([1, lean, -rolling.dx / 2 - lean * rolling.dy / 2, 0, stretch, -stretch * rolling.dy / 2, 0, 0, 1], pose)
  return shown.map(value => value / shown[8])
}

/** The frame with the background alone; kept until another is asked for, since most films have one that stands still. */
function paintBackground(scene: Scene, rolling: Rolling): Float32Array<ArrayBuffer> {
  const { width, height } = scene
  const image = scene.background?.image ?? defaultBackground(scene.seed ?? 0)
  const pose = scene.background?.pose ?? Float64Array.of(image.width, 0, 0, 0, image.height, 0, 0, 0, 1)
  const key = [width, height, rolling.dx, rolling.dy, ...pose].join(' ')
  if (lastBackground?.image !== image || lastBackground.key !== key) {
    const painted = new Float32Array(width * height)
    paintLayer(painted, width, height, { pyramid: pyramidOf(image), pose, extent: 'mirror', samples: 1 }, rolling)
    lastBackground = { image, key, painted }
  }
  return lastBackground.painted.slice()
}

let lastBackground: { image: GrayImage, key: string, painted: Float32Array<ArrayBuffer> } | undefined

/** The print, from back to front: its paper, the photo, a hand before it. */
function printLayers(photo: GrayImage, scene: Scene, pose: Homography): Layer[] {
  const layers: Layer[] = []
  if (scene.margin) {
    const v = scene.margin * photo.width / photo.height
    layers.push({ pyramid: pyramidOf(PAPER), pose: partOf(pose, -scene.margin, -v, 1 + scene.margin, 1 + v), extent: 'square', samples: 3 })
  }
  layers.push({ pyramid: pyramidOf(photo), pose, extent: 'square', samples: 4, bend: scene.curl, screen: scene.moire })
  if (scene.occluder) {
    const { u0, v0, u1, v1 } = scene.occluder
    layers.push({ pyramid: pyramidOf(hand()), pose: partOf(pose, u0, v0, u1, v1), extent: 'square', samples: 2 })
  }
  return layers
}

/** The pose of a rectangle of the unit square, itself seen as a unit square. */
function partOf(pose: Homography, u0: number, v0: number, u1: number, v1: number): Homography {
  return multiply(pose, [u1 - u0, 0, u0, 0, v1 - v0, v0, 0, 0, 1])
}

/** Light to bytes: gain, noise, rounding. */
function expose(frame: Float32Array, scene: Scene): Uint8Array {
  const gain = scene.light ?? 1, noise = scene.noise ?? 0
  const random = createRandom((scene.seed ?? 0) ^ 0x5eed)
  const out = new Uint8ClampedArray(frame.length)
  for (let i = 0; i < frame.length; i++) {
    const value = frame[i] * gain
    out[i] = noise > 0 ? value + noise * Math.sqrt(1 + Math.max(0, value) / 255) * random.normal() : value
  }
  return new Uint8Array(out.buffer)
}

const PAPER: GrayImage = { data: Uint8Array.of(245), width: 1, height: 1 }
const BACKGROUNDS_MAX = 16
const backgrounds = new Map<number, GrayImage>()
let handTexture: GrayImage | undefined

function hand(): GrayImage {
  handTexture ??= createSmoothTexture(256, 256, 7)
  return handTexture
}

/** Sixteen different textures are enough: making one takes as long as rendering several frames. */
function defaultBackground(seed: number): GrayImage {
  const key = ((seed % BACKGROUNDS_MAX) + BACKGROUNDS_MAX) % BACKGROUNDS_MAX
  const known = backgrounds.get(key) ?? createTexture(640, 480, key + 1)
  backgrounds.set(key, known)
  return known
}
