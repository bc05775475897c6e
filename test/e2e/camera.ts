import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import sharp from 'sharp'
import { createTexture, renderFrame } from '../../packages/tracker/src/simulate.ts'
import type { Scene } from '../../packages/tracker/src/simulate.ts'
import type { GrayImage, Homography } from '../../packages/tracker/src/types.ts'

export interface CameraFile {
  photoPath: string
  /** One pose per frame (photo's unit square to frame pixels); null: the photo is not in view. The film repeats. */
  poses: (Homography | null)[]
  width: number
  height: number
  /** Where to write; Chromium takes the kind from the ending, which must be `.mjpeg`. */
  path: string
  /** What else happens to every frame; default: a little noise. */
  scene?: Partial<Scene>
  /** JPEG quality, 1–100; default 92. */
  quality?: number
}

/** The strip along the bottom edge: a white cell, eight bits (highest first, white is 1), a black cell. */
const STRIP_CELLS = 10
const STRIP_HEIGHT_PX = 24
/** The strip can tell this many frames apart. */
export const FRAME_NUMBERS = 256
/** Consecutive frames whose noise differs; enough for a sensor, few enough to reuse the renderings. */
const NOISE_SEEDS = 8

/**
 * Writes a film for Chromium's fake camera (`--use-file-for-fake-video-capture`): the photo in colour under the given
 * poses, in front of a textured background, each frame carrying its number. Frames with the same pose are rendered once
 * per noise seed.
 */
export async function writeCameraFile(film: CameraFile): Promise<void> {
  if (!film.path.endsWith('.mjpeg')) throw new Error(`${film.path}: Chromium reads a fake camera from .mjpeg only`)
  const photo = await loadPlanes(film.photoPath)
  const backgrounds = [11, 12, 13].map(seed => createTexture(film.width, film.height, seed))
  const file = createWriteStream(film.path)
  const failed = once(file, 'error').then(([error]) => { throw error })
  const rendered = new Map<string, Buffer>()
  for (const [number, pose] of film.poses.entries()) {
    const key = `${number % NOISE_SEEDS} ${pose?.join(' ')}`
    const rgb = rendered.get(key) ?? renderColour(photo, backgrounds, { width: film.width, height: film.height, noise: 1.5, ...film.scene, pose, seed: number % NOISE_SEEDS })
    rendered.set(key, rgb)
    stampFrameNumber(rgb, film.width, film.height, number % FRAME_NUMBERS)
    const jpeg = await sharp(rgb, { raw: { width: film.width, height: film.height, channels: 3 } }).jpeg({ quality: film.quality ?? 92 }).toBuffer()
    if (!file.write(jpeg)) await Promise.race([once(file, 'drain'), failed])
    if (rendered.size > 2 * NOISE_SEEDS) rendered.delete(rendered.keys().next().value!)
  }
  file.end()
  await Promise.race([once(file, 'finish'), failed])
}

/**
 * Reads the frame's number from displayed camera pixels, at whatever size they are shown.
 * @param pixels four bytes per pixel, as a canvas gives them; the whole camera frame, not a crop
 * @returns 0–255, or -1 when the strip is not there
 */
export function readFrameNumber(pixels: ArrayLike<number>, width: number, height: number): number {
  const row = Math.floor(height - height * 0.02)
  const levelAt = (cell: number) => pixels[4 * (row * width + Math.floor((cell + 0.5) * width / STRIP_CELLS)) + 1]
  const white = levelAt(0), black = levelAt(STRIP_CELLS - 1)
  if (white - black < 80) return -1
  let number = 0
  for (let bit = 0; bit < 8; bit++) number = number * 2 + (levelAt(1 + bit) > (white + black) / 2 ? 1 : 0)
  return number
}

async function loadPlanes(path: string): Promise<GrayImage[]> {
  const { data, info } = await sharp(path).rotate().removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  return [0, 1, 2].map(channel => ({
    data: Uint8Array.from({ length: info.width * info.height }, (_, i) => data[i * info.channels + channel]),
    width: info.width, height: info.height,
  }))
}

function renderColour(photo: GrayImage[], backgrounds: GrayImage[], scene: Scene): Buffer {
  const rgb = Buffer.alloc(scene.width * scene.height * 3)
  photo.forEach((plane, channel) => {
    const frame = renderFrame(plane, { ...scene, background: { image: backgrounds[channel] }, seed: (scene.seed ?? 0) * 3 + channel })
    for (let i = 0; i < frame.data.length; i++) rgb[i * 3 + channel] = frame.data[i]
  })
  return rgb
}

function stampFrameNumber(rgb: Buffer, width: number, height: number, number: number): void {
  for (let x = 0; x < width; x++) {
    const cell = Math.floor(x * STRIP_CELLS / width)
    const white = cell === 0 || (cell < STRIP_CELLS - 1 && (number >> (8 - cell)) & 1)
    for (let y = height - STRIP_HEIGHT_PX; y < height; y++) rgb.fill(white ? 255 : 0, 3 * (y * width + x), 3 * (y * width + x) + 3)
  }
}
