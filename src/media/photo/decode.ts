import sharp from 'sharp'
import type { Metadata, Sharp, SharpOptions } from 'sharp'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { GrayImage } from '#tracker'
import { lookInto } from '../bytes.ts'
import { createLane } from '../lane.ts'
import { decodeHeic } from './heic.ts'
import type { RawPhoto } from './heic.ts'
import { findPhotoFormat } from './kind.ts'
import type { PhotoFormat } from './kind.ts'
import { wrapAsTiff } from './tiff.ts'

// Nothing is decoded twice in a row, so libvips's own cache would only hold memory.
sharp.cache(false)

export interface Size {
  width: number
  height: number
}

export interface DecodeOptions {
  /** The longer side of the result in pixels; never enlarged. */
  maxSide: number
  /** The shorter side does not shrink below this, even if the longer one then passes `maxSide`. */
  minSide?: number
  signal?: AbortSignal
}

/**
 * The photo's pixels as a person sees them: upright, sRGB, alpha on white, the first frame of several.
 * @throws AppError as `checkPhoto`
 */
export async function decodePhoto(path: string, options: DecodeOptions): Promise<RawPhoto> {
  return await decodeScaled(path, options.signal, ({ width, height }) =>
    Math.max(options.maxSide / Math.max(width, height), (options.minSide ?? 1) / Math.min(width, height)))
}

/** As `decodePhoto`, shrunk until it fits into a box. */
export async function decodeWithin(path: string, box: Size, signal?: AbortSignal): Promise<RawPhoto> {
  return await decodeScaled(path, signal, ({ width, height }) => Math.min(box.width / width, box.height / height))
}

/** The photo in grey (Rec. 601 luma, as the viewer makes of camera frames), for the tracker. Options and errors as `decodePhoto`. */
export async function decodeGray(path: string, options: DecodeOptions): Promise<GrayImage> {
  const { data, width, height } = await decodePhoto(path, options)
  const gray = new Uint8Array(width * height)
  for (let pixel = 0, at = 0; pixel < gray.length; pixel++, at += 3) {
    gray[pixel] = (data[at] * 77 + data[at + 1] * 150 + data[at + 2] * 29 + 128) >> 8
  }
  return { data: gray, width, height }
}

async function decodeScaled(path: string, signal: AbortSignal | undefined, getScale: (photo: Size) => number): Promise<RawPhoto> {
  return await usePhoto(path, async ({ format, metadata, width, height }) => {
    signal?.throwIfAborted()
    const scale = Math.min(1, getScale({ width, height }))
    const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
    const pipeline = format === 'heic' ? await openHeic(path, metadata, size, signal) : openOther(path, size)
    const { data, info } = await pipeline.toColourspace('srgb').raw({ depth: 'uchar' }).timeout(decodeTimeout)
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 3) throw new Error(`${info.channels} channels`)
    return { data, width: info.width, height: info.height }
  })
}

export interface OpenPhoto {
  format: PhotoFormat
  metadata: Metadata
  /** Upright. */
  width: number
  height: number
}

const decodeTimeout = { seconds: Math.ceil(limits.photoCheckTimeoutMs / 1000) }
export const readOptions: SharpOptions = { failOn: 'truncated', limitInputPixels: limits.photoPixelsMax, sequentialRead: true, pages: 1 }

const lane = createLane(limits.photoDecodeBytesMax)

/** Bytes that a decoder takes, as measured with 100 megapixels: some stream row by row, others hold all of it. */
function estimateMemory(format: PhotoFormat, { width, height, isProgressive, hasAlpha }: Metadata): number {
  const bytesPerPixel = { jpeg: isProgressive ? 4 : 1, png: isProgressive ? 8 : 1, webp: hasAlpha ? 8 : 4, avif: 18, heic: 11 }[format]
  return width * height * bytesPerPixel
}

/** Reads the header and hands it to `work` when its turn has come. Refuses, undecoded, what is too large or no photo. */
export async function usePhoto<Result>(path: string, work: (photo: OpenPhoto) => Promise<Result>): Promise<Result> {
  const format = await lookInto(path, findPhotoFormat)
  if (format === undefined) throw new AppError('photo_wrong_kind')
  try {
    const metadata = await sharp(path, { ...readOptions, limitInputPixels: false }).metadata()
    const pixels = metadata.width * metadata.height
    if (pixels > limits.photoPixelsMax) {
      throw new AppError('photo_too_many_pixels', { details: { megapixels: Math.ceil(pixels / 1e6), limit: limits.photoPixelsMax / 1e6 } })
    }
    const { width, height } = metadata.autoOrient
    return await lane.run(estimateMemory(format, metadata), () => work({ format, metadata, width, height }))
  } catch (error) {
    if (error instanceof AppError || (error as Error).name === 'AbortError') throw error
    // only a JPEG's decoder has to tell; the other formats' containers were asked before
    const cutOff = /premature end/i.test((error as Error).message)
    throw new AppError(cutOff ? 'photo_truncated' : 'photo_unreadable', { cause: error })
  }
}

function openOther(path: string, size: Size): Sharp {
  return sharp(path, readOptions).autoOrient().flatten({ background: '#fff' }).resize({ ...size, fit: 'fill' })
}

/** Shrinks first: converting the colours of the small picture is enough. libheif has turned it upright already. */
async function openHeic(path: string, metadata: Metadata, size: Size, signal: AbortSignal | undefined): Promise<Sharp> {
  const { data, width, height } = await decodeHeic(path, signal)
  const small = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: limits.photoPixelsMax })
    .resize({ ...size, fit: 'fill' })
  if (metadata.icc === undefined) return small
  const { data: pixels, info } = await small.raw().toBuffer({ resolveWithObject: true })
  return sharp(wrapAsTiff({ data: pixels, width: info.width, height: info.height }, metadata.icc))
}
