import { readFile } from 'node:fs/promises'
import type { GrayImage } from '../types.ts'
import { TrackerError } from '../types.ts'

/** What this file needs of sharp, which is the caller's to install: the engine itself decodes nothing. */
interface SharpImage {
  rotate(): SharpImage
  flatten(options: { background: string }): SharpImage
  greyscale(): SharpImage
  resize(options: { width: number, height: number, fit: 'fill' }): SharpImage
  composite(layers: { input: Uint8Array, blend?: string }[]): SharpImage
  raw(): SharpImage
  png(): SharpImage
  toBuffer(options: { resolveWithObject: true }): Promise<{ data: Uint8Array, info: { width: number, height: number } }>
}
type Sharp = (input: Uint8Array, options?: { raw: { width: number, height: number, channels: number } }) => SharpImage

/** sharp, or a sentence about how to get it. */
export async function loadSharp(): Promise<Sharp> {
  // A name in a variable: neither bundlers nor the type check may take sharp for a dependency of this package.
  const name = 'sharp'
  try {
    return (await import(name)).default
  } catch (cause) {
    throw new Error('reading and drawing pictures needs the package sharp: npm install sharp', { cause })
  }
}

/**
 * A photo file as grey pixels, upright, transparent parts white.
 * @throws TrackerError `bad-image` when it can't be decoded
 */
export async function loadPhoto(path: string): Promise<GrayImage> {
  const bytes = new Uint8Array(await readFile(path))
  if (bytes[0] === 0x50 && bytes[1] === 0x35) return readPgm(bytes)
  const sharp = await loadSharp()
  try {
    const { data, info } = await sharp(bytes).rotate().flatten({ background: '#fff' }).greyscale().raw().toBuffer({ resolveWithObject: true })
    return { data: new Uint8Array(data.buffer, data.byteOffset, info.width * info.height), width: info.width, height: info.height }
  } catch (error) {
    throw new TrackerError('bad-image', `${path}: ${(error as Error).message}`)
  }
}

/** Binary PGM (netpbm.sourceforge.net/doc/pgm.html), 8 bit: needs no decoder at all. */
export function readPgm(bytes: Uint8Array): GrayImage {
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, 512)).match(/^P5(?:\s+|#.*\n)+(\d+)(?:\s+|#.*\n)+(\d+)(?:\s+|#.*\n)+(\d+)\s/)
  if (!header || Number(header[3]) !== 255) throw new TrackerError('bad-image', 'only 8-bit binary PGM is read')
  const width = Number(header[1]), height = Number(header[2]), start = header[0].length
  if (width * height < 1 || bytes.length < start + width * height) throw new TrackerError('bad-image', 'the PGM file ends early')
  return { data: bytes.slice(start, start + width * height), width, height }
}
