import sharp from 'sharp'
import { encode } from 'uqr'
import type { Cache } from '../lib/cache/cache.ts'

/** Light modules around the code, as ISO/IEC 18004 asks for, so that every reader finds it. */
const quietZoneModules = 4

/** A QR code of `text` as SVG that scales to any size in print. Error correction M: 15 % of the modules may be lost. */
export function createQrSvg(text: string, sizePixels: number): string {
  const { data, size } = encode(text, { ecc: 'M', border: quietZoneModules })
  let path = ''
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!data[y][x]) continue
      let width = 1
      while (data[y][x + width]) width++
      path += `M${x} ${y}h${width}v1h-${width}z`
      x += width - 1
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePixels}" height="${sizePixels}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`
}

/** The same code as PNG, about `sizePixels` wide: whole pixels per module, so that its edges stay sharp. */
export async function drawQrPng(cache: Cache, text: string, sizePixels: number): Promise<Buffer> {
  return await cache.get('previews', `qr ${sizePixels} ${text}`, { compute: async () => await createQrPng(text, sizePixels), tags: () => [] })
}

async function createQrPng(text: string, sizePixels: number): Promise<Buffer> {
  const { data, size } = encode(text, { ecc: 'M', border: quietZoneModules })
  const pixels = Buffer.alloc(size * size)
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) pixels[y * size + x] = data[y][x] ? 0 : 255
  const scale = Math.max(1, Math.floor(sizePixels / size))
  const margin = Math.max(0, sizePixels - size * scale)
  return await sharp(pixels, { raw: { width: size, height: size, channels: 1 } })
    .resize(size * scale, size * scale, { kernel: 'nearest' })
    .extend({ top: margin >> 1, bottom: margin - (margin >> 1), left: margin >> 1, right: margin - (margin >> 1), background: '#fff' })
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toBuffer()
}
