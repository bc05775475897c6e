import sharp from 'sharp'
import type { GrayImage, Homography } from '../src/index.ts'

/** The sample photos that make ordinary markers; clock_motion, brick, grass and gravel are for harder tests. */
export const PHOTOS = ['astronaut.png', 'chelsea.png', 'coffee.png', 'hubble_deep_field.jpg', 'page.png', 'rocket.jpg']

/** A sample photo as grey pixels. */
export async function readSample(name: string): Promise<GrayImage> {
  const path = new URL(`../../../test/samples/${name}`, import.meta.url).pathname
  const { data, info } = await sharp(path).removeAlpha().grayscale().raw().toBuffer({ resolveWithObject: true })
  const gray = new Uint8Array(info.width * info.height)
  for (let i = 0; i < gray.length; i++) gray[i] = data[i * info.channels]
  return { data: gray, width: info.width, height: info.height }
}

/** The largest distance between the photo's corners under two poses, in pixels. */
export function cornerError(a: Homography, b: Homography): number {
  let worst = 0
  for (const [u, v] of [[0, 0], [1, 0], [1, 1], [0, 1]]) {
    const [ax, ay] = project(a, u, v)
    const [bx, by] = project(b, u, v)
    worst = Math.max(worst, Math.hypot(ax - bx, ay - by))
  }
  return worst
}

function project(h: Homography, u: number, v: number): [number, number] {
  const w = h[6] * u + h[7] * v + h[8]
  return [(h[0] * u + h[1] * v + h[2]) / w, (h[3] * u + h[4] * v + h[5]) / w]
}
