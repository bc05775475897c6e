import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import type { Sharp } from 'sharp'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { asStorageError } from '../../lib/storage/full.ts'
import { decodeWithin } from './decode.ts'
import type { RawPhoto } from './heic.ts'

export interface Preview {
  /** Path of the file that was written. */
  file: string
  width: number
  height: number
  format: 'webp' | 'avif'
  bytes: number
}

export interface PreviewsOptions {
  /** 0–1 */
  onProgress?: (fraction: number) => void
  signal?: AbortSignal
}

/**
 * Writes the photo's small pictures into `folder`, in both formats, at each of `limits.previewWidthsPixels` that is
 * not wider than the photo (a smaller photo once at its own width), without any of the photo's metadata. `blur` is a
 * data: URI of a few hundred bytes to show until they come.
 * @throws AppError `previews_failed`, `storage_full`, or as `checkPhoto`
 */
export async function makePreviews(
  photo: string, folder: string, options: PreviewsOptions = {},
): Promise<{ previews: Preview[]; blur: string }> {
  try {
    options.signal?.throwIfAborted()
    const widest = Math.max(...limits.previewWidthsPixels)
    let current = await decodeWithin(photo, { width: widest, height: widest * limits.previewHeightPerWidthMax }, options.signal)
    const widths = [...new Set(limits.previewWidthsPixels.map((width) => Math.min(width, current.width)))].sort((one, other) => other - one)
    const previews: Preview[] = []
    for (const [index, width] of widths.entries()) {
      current = await shrink(current, width)
      for (const format of ['webp', 'avif'] as const) {
        options.signal?.throwIfAborted()
        previews.push(await writePreview(current, format, folder))
        options.onProgress?.((index + (format === 'webp' ? 0.4 : 1)) / widths.length)
      }
    }
    return { previews: previews.reverse(), blur: await makeBlur(current) }
  } catch (error) {
    if (error instanceof AppError || options.signal?.aborted) throw error
    const known = asStorageError(error)
    throw known instanceof AppError ? known : new AppError('previews_failed', { cause: error })
  }
}

async function shrink(photo: RawPhoto, width: number): Promise<RawPhoto> {
  if (width === photo.width) return photo
  const height = Math.max(1, Math.round(photo.height * width / photo.width))
  const { data, info } = await openRaw(photo).resize({ width, height, fit: 'fill' }).raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/** AVIF's effort 3 takes about a fifth of the time of its default for a few percent more bytes. */
async function writePreview(photo: RawPhoto, format: Preview['format'], folder: string): Promise<Preview> {
  const image = openRaw(photo)
  const bytes = await (format === 'webp' ? image.webp({ quality: 78, effort: 4 }) : image.avif({ quality: 55, effort: 3 }))
    .timeout({ seconds: Math.ceil(limits.previewsTimeoutMs / 1000) }).toBuffer()
  const file = path.join(folder, `${photo.width}.${format}`)
  await writeFile(file, bytes)
  return { file, width: photo.width, height: photo.height, format, bytes: bytes.length }
}

async function makeBlur(photo: RawPhoto): Promise<string> {
  for (const side of [24, 16, 12, 8]) {
    const bytes = await openRaw(photo).resize(side, side, { fit: 'inside' }).webp({ quality: 25, effort: 6 }).toBuffer()
    const uri = `data:image/webp;base64,${bytes.toString('base64')}`
    if (uri.length <= limits.blurCharsMax) return uri
  }
  throw new Error('no blur is small enough')
}

function openRaw(photo: RawPhoto): Sharp {
  return sharp(photo.data, { raw: { width: photo.width, height: photo.height, channels: 3 } })
}
