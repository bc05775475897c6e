import type { GrayImage } from '#tracker'
import { AppError } from '../errors.ts'
import { limits } from '../limits.ts'
import { decodeGray } from './photo/decode.ts'
import { WorkFailure, runInWorker } from './worker.ts'

export interface CompileTargetOptions {
  /** 0–1 */
  onProgress?: (fraction: number) => void
  signal?: AbortSignal
  timeoutMs?: number
}

/**
 * Makes of a photo (its path, or its grey pixels) what the tracker recognises: a target file.
 * @throws AppError `photo_no_texture`, `photo_too_small`, `target_timed_out`, `target_failed`, or as `checkPhoto`
 */
export async function compileTarget(photo: string | GrayImage, options: CompileTargetOptions = {}): Promise<Uint8Array> {
  const gray = typeof photo === 'string' ? await decodeForTarget(photo, options.signal) : photo
  try {
    return await runInWorker<Uint8Array>(new URL('./target.worker.ts', import.meta.url), gray, {
      timeoutMs: options.timeoutMs ?? limits.compileTimeoutMs,
      onTimeout: () => new AppError('target_timed_out'),
      heapMebibytesMax: 1024,
      signal: options.signal,
      onProgress: options.onProgress,
    })
  } catch (error) {
    if (!(error instanceof WorkFailure)) throw error
    if (error.code === 'no-texture') throw new AppError('photo_no_texture', { cause: error })
    if (error.code === 'too-small') throw new AppError('photo_too_small', { details: { width: gray.width, height: gray.height, limit: limits.photoSideMinPixels }, cause: error })
    throw new AppError('target_failed', { cause: error })
  }
}

/** The photo in grey at the size that targets are compiled from. Errors as `checkPhoto`. */
export async function decodeForTarget(photo: string, signal?: AbortSignal): Promise<GrayImage> {
  return await decodeGray(photo, { maxSide: limits.targetPhotoSideMaxPixels, minSide: limits.photoSideMinPixels, signal })
}
