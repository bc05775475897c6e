import { readFile } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { runInWorker } from '../worker.ts'

export interface RawPhoto {
  /** RGB, 8 bits each, row by row, without padding. */
  data: Uint8Array
  width: number
  height: number
}

/**
 * Decodes a HEIC photo (sharp has no HEVC decoder) with libheif's WebAssembly build, turned the right way up. The
 * colours are still those of the photo's own profile. Check its size before: memory grows with its pixels.
 * @throws AppError `photo_unreadable`, WorkFailure
 */
export async function decodeHeic(path: string, signal?: AbortSignal): Promise<RawPhoto> {
  const bytes = await readFile(path)
  return await runInWorker<RawPhoto>(new URL('./heic.worker.ts', import.meta.url), bytes, {
    timeoutMs: limits.photoCheckTimeoutMs,
    onTimeout: () => new AppError('photo_unreadable', { cause: new Error('decoding took too long') }),
    heapMebibytesMax: 256,
    signal,
  })
}
