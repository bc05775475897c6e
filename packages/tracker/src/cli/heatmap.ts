import type { DetailGrid } from '../detail.ts'
import type { GrayImage } from '../types.ts'
import { loadSharp } from './photo.ts'

const SIDE_MAX_PX = 1_000
/** Plain parts are covered, rich parts stay as they are. */
const COVER = { red: 30, green: 60, blue: 200, alphaMax: 200 }

/** A PNG of the photo with a blue veil where it carries no detail. */
export async function drawHeatMap(photo: GrayImage, grid: DetailGrid): Promise<Uint8Array> {
  const sharp = await loadSharp()
  const scale = Math.min(1, SIDE_MAX_PX / Math.max(photo.width, photo.height))
  const size = { width: Math.max(1, Math.round(photo.width * scale)), height: Math.max(1, Math.round(photo.height * scale)), fit: 'fill' as const }
  const veil = new Uint8Array(grid.columns * grid.rows * 4)
  grid.values.forEach((value, i) => veil.set([COVER.red, COVER.green, COVER.blue, Math.round(COVER.alphaMax * (1 - value / 255))], 4 * i))
  const png = async (pixels: Uint8Array, raw: { width: number, height: number, channels: number }) =>
    (await sharp(pixels, { raw }).resize(size).png().toBuffer({ resolveWithObject: true })).data
  const below = await png(photo.data, { width: photo.width, height: photo.height, channels: 1 })
  const above = await png(veil, { width: grid.columns, height: grid.rows, channels: 4 })
  return (await sharp(below).composite([{ input: above }]).png().toBuffer({ resolveWithObject: true })).data
}
