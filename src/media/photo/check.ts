import { stat } from 'node:fs/promises'
import sharp from 'sharp'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { lookInto } from '../bytes.ts'
import { readOptions, usePhoto } from './decode.ts'
import { decodeHeic } from './heic.ts'
import { findPhotoFormat, isPhotoCutOff, photoKinds } from './kind.ts'
import type { PhotoFormat } from './kind.ts'

export interface PhotoFacts {
  mime: string
  /** Without a dot. */
  extension: string
  /** In pixels, upright. */
  width: number
  height: number
  format: PhotoFormat
}

/**
 * Whether an uploaded file is a photo that everything after can work with. Its bytes decide, not its name; it is
 * decoded once to its end, so that a copy that broke off is found now.
 * @throws AppError `file_empty`, `photo_too_large`, `photo_wrong_kind`, `photo_truncated`, `photo_too_many_pixels`,
 *   `photo_too_small`, `photo_unreadable`
 * @param options `decode: false` leaves the decoding to what comes next, which then finds the same errors
 */
export async function checkPhoto(path: string, options: { decode?: boolean } = {}): Promise<PhotoFacts> {
  const { size } = await stat(path)
  if (size === 0) throw new AppError('file_empty', { details: { field: 'photo_file' } })
  if (size > limits.photoBytesMax) throw new AppError('photo_too_large', { details: { limit: Math.floor(limits.photoBytesMax / 2 ** 20) } })
  const cutOff = await lookInto(path, async (source) => {
    const format = await findPhotoFormat(source)
    if (format === undefined) throw new AppError('photo_wrong_kind')
    return await isPhotoCutOff(source, format)
  })
  return await usePhoto(path, async ({ format, width, height }) => {
    const limit = limits.photoSideMinPixels
    if (width < limit || height < limit) throw new AppError('photo_too_small', { details: { width, height, limit } })
    if (cutOff) throw new AppError('photo_truncated')
    if (options.decode !== false) await decodeOnce(path, format)
    return { ...photoKinds[format], width, height, format }
  }).catch((error: unknown) => {
    // a header that cannot be read, in a file that is cut off: say what is wrong with it
    throw cutOff && error instanceof AppError && error.code === 'photo_unreadable' ? new AppError('photo_truncated', { cause: error }) : error
  })
}

/** Reads all of it, keeping next to nothing. */
async function decodeOnce(path: string, format: PhotoFormat): Promise<void> {
  if (format === 'heic') await decodeHeic(path)
  else await sharp(path, readOptions).resize(32, 32, { fit: 'inside' }).raw().timeout({ seconds: limits.photoCheckTimeoutMs / 1000 }).toBuffer()
}
