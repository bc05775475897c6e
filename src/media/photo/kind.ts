import { listBoxes, readBrands } from '../boxes.ts'
import type { ByteSource } from '../bytes.ts'

export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'heic'

export const photoKinds: Record<PhotoFormat, { mime: string; extension: string }> = {
  jpeg: { mime: 'image/jpeg', extension: 'jpg' },
  png: { mime: 'image/png', extension: 'png' },
  webp: { mime: 'image/webp', extension: 'webp' },
  avif: { mime: 'image/avif', extension: 'avif' },
  heic: { mime: 'image/heic', extension: 'heic' },
}

const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1', 'mif2'])

/** What the first bytes say; undefined when no photo that we take. */
export async function findPhotoFormat(source: ByteSource): Promise<PhotoFormat | undefined> {
  const head = await source.read(0, 256)
  if (head.length >= 3 && head.readUIntBE(0, 3) === 0xffd8ff) return 'jpeg'
  if (head.subarray(0, 8).equals(pngSignature)) return 'png'
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') return 'webp'
  const brands = readBrands(head)
  // a `mif1` file may hold either codec; AVIF says so among its further brands
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif'
  return brands.some((brand) => heicBrands.has(brand)) ? 'heic' : undefined
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Whether the container promises more bytes than there are. A JPEG promises nothing; only decoding it shows. */
export async function isPhotoCutOff(source: ByteSource, format: PhotoFormat): Promise<boolean> {
  switch (format) {
    case 'jpeg': return false
    case 'png': return await isPngCutOff(source)
    case 'webp': {
      const head = await source.read(0, 12)
      return head.readUInt32LE(4) + 8 > source.size
    }
    case 'avif':
    case 'heic': {
      const boxes = await listBoxes(source)
      return boxes.some((box) => box.end > source.size) || !boxes.some((box) => box.type === 'meta')
    }
  }
}

const pngChunksMax = 1_000_000

/** Walks the chunks to IEND (PNG §5.3). One with very many chunks is left to the decoder. */
async function isPngCutOff(source: ByteSource): Promise<boolean> {
  let offset = pngSignature.length
  for (let count = 0; count < pngChunksMax; count++) {
    const head = await source.read(offset, 8)
    if (head.length < 8) return true
    offset += 12 + head.readUInt32BE(0)
    if (offset > source.size) return true
    if (head.toString('latin1', 4, 8) === 'IEND') return false
  }
  return false
}
