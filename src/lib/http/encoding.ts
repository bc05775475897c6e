import { promisify } from 'node:util'
import zlib from 'node:zlib'

/** How an answer may be packed, as in the Content-Encoding header; the best first. */
export const encodings = ['br', 'zstd', 'gzip'] as const
export type Encoding = (typeof encodings)[number]

/** Shorter answers gain nothing from packing. */
export const packedBytesMin = 500

const remembered = new Map<string, ReadonlyMap<string, number>>()
const rememberedMax = 200

/**
 * The encoding among `offered` that an Accept-Encoding header likes best (RFC 9110, 12.5.3); with equal weights the first offered.
 * Null: as it is.
 */
export function chooseEncoding<T extends Encoding>(header: string | undefined, offered: readonly T[]): T | null {
  if (header === undefined || header === '') return null
  const weights = readWeights(header)
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  let best: T | null = null
  // What was not named is acceptable as it is, at the least of all weights.
  let bestWeight = weights.get('identity') ?? 0
  for (const encoding of offered) {
    const weight = weightOf(encoding)
    if (weight > bestWeight || (best === null && weight === bestWeight && weight > 0)) [best, bestWeight] = [encoding, weight]
  }
  return best
}

/** Browsers send the same few headers again and again, so what they mean is remembered. */
function readWeights(header: string): ReadonlyMap<string, number> {
  const known = remembered.get(header)
  if (known !== undefined) return known
  const weights = new Map<string, number>()
  for (const part of header.toLowerCase().split(',', 20)) {
    const [name, ...parameters] = part.split(';').map((piece) => piece.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2))
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, value >= 0 && value <= 1 ? value : 0)
  }
  if (remembered.size >= rememberedMax) remembered.clear()
  if (header.length <= 200) remembered.set(header, weights)
  return weights
}

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, ZSTD_c_compressionLevel } = zlib.constants
const brotli = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)
const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip)
const zstd = promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)

/** How much work a packing may be: for one answer, for an answer that is kept, for a file made once. */
export type Effort = 'once' | 'kept' | 'built'
const levels: Record<Encoding, Record<Effort, number>> = { br: { once: 4, kept: 6, built: 11 }, zstd: { once: 3, kept: 9, built: 19 }, gzip: { once: 5, kept: 7, built: 9 } }

/** Up to here packing on the spot is faster than the way to another thread and back. */
const onTheSpotBytesMax = 4096

/** Packs `content`, off the event loop unless it is small. */
export async function pack(encoding: Encoding, content: Buffer, effort: Effort): Promise<Buffer> {
  if (content.length <= onTheSpotBytesMax && effort === 'once') return packNow(encoding, content, effort)
  if (encoding === 'br') return await brotli(content, optionsOf(encoding, content, effort))
  return encoding === 'zstd' ? await zstd(content, optionsOf(encoding, content, effort)) : await gzip(content, optionsOf(encoding, content, effort))
}

/** The same on the event loop, for a few kilobytes. */
export function packNow(encoding: Encoding, content: Buffer, effort: Effort): Buffer {
  if (encoding === 'br') return zlib.brotliCompressSync(content, optionsOf(encoding, content, effort))
  return encoding === 'zstd' ? zlib.zstdCompressSync(content, optionsOf(encoding, content, effort)) : zlib.gzipSync(content, optionsOf(encoding, content, effort))
}

function optionsOf(encoding: Encoding, content: Buffer, effort: Effort): zlib.BrotliOptions & zlib.ZstdOptions & zlib.ZlibOptions {
  const level = levels[encoding][effort]
  if (encoding === 'gzip') return { level }
  return { params: encoding === 'br' ? { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: content.length } : { [ZSTD_c_compressionLevel]: level } }
}
