import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Sharp } from 'sharp'
import type { GrayImage } from '../../packages/tracker/src/types.ts'

const SAMPLES = fileURLToPath(new URL('../../test/samples/', import.meta.url))

/** A sample photo by its file's name without ending. */
export interface Photo { name: string, image: GrayImage }

/** Every photo of test/samples in grey, in the order of their names. */
export async function loadPhotos(): Promise<Photo[]> {
  const files = (await readdir(SAMPLES)).filter(file => /\.(png|jpg)$/.test(file)).sort()
  if (files.length === 0) throw new Error(`no photos in ${SAMPLES}`)
  return Promise.all(files.map(async file => ({ name: file.replace(/\.\w+$/, ''), image: await loadGray(join(SAMPLES, file)) })))
}

export async function loadGray(path: string): Promise<GrayImage> {
  return toGray(sharp(path))
}

/** A photo enlarged or cropped to exactly the given size, for timing. */
export async function loadGrayAt(name: string, width: number, height: number): Promise<GrayImage> {
  return toGray(sharp(join(SAMPLES, name), { limitInputPixels: false }).resize(width, height, { fit: 'cover', kernel: 'cubic' }))
}

async function toGray(image: Sharp): Promise<GrayImage> {
  const { data, info } = await image.removeAlpha().greyscale().raw().toBuffer({ resolveWithObject: true })
  return { data: new Uint8Array(data.buffer, data.byteOffset, info.width * info.height), width: info.width, height: info.height }
}

/** What a JPEG encoder leaves of a frame. */
export async function throughJpeg(frame: GrayImage, quality: number): Promise<GrayImage> {
  const jpeg = await sharp(frame.data, { raw: { width: frame.width, height: frame.height, channels: 1 } }).jpeg({ quality }).toBuffer()
  return toGray(sharp(jpeg))
}
