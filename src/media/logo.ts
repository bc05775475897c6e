import sharp from 'sharp'
import { AppError } from '../errors.ts'
import { limits } from '../limits.ts'

export interface Logo {
  /** For prints, and for whoever has no WebP. */
  png: Buffer
  /** For guests' pages. */
  webp: Buffer
  /** Of both, in pixels. */
  width: number
  height: number
}

const formats: readonly string[] = ['png', 'jpeg', 'webp', 'heif']

/**
 * Draws an uploaded logo anew, so that nothing of the file itself is ever given out: upright, `limits.logoSideMaxPixels` at most,
 * transparent where it was. Errors: `logo_unreadable` for what is no PNG, JPEG, WebP or AVIF, or is broken, tiny or huge.
 */
export async function drawLogo(bytes: Uint8Array): Promise<Logo> {
  try {
    const source = sharp(bytes, { limitInputPixels: limits.logoPixelsMax, failOn: 'truncated' })
    const { format, width, height } = await source.metadata()
    const isSmall = Math.min(width, height) < limits.logoSideMinPixels
    if (!formats.includes(format) || isSmall) throw new AppError('logo_unreadable')
    const side = limits.logoSideMaxPixels
    const drawn = await source.rotate().resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .timeout({ seconds: limits.photoCheckTimeoutMs / 1000 }).png({ compressionLevel: 9 }).toBuffer({ resolveWithObject: true })
    const webp = await sharp(drawn.data).webp({ quality: 90, alphaQuality: 100 }).toBuffer()
    return { png: drawn.data, webp, width: drawn.info.width, height: drawn.info.height }
  } catch (error) {
    throw error instanceof AppError ? error : new AppError('logo_unreadable', { cause: error })
  }
}
