import type { GrayImage, Score } from '#tracker'
import { AppError } from '../errors.ts'
import { limits } from '../limits.ts'
import { WorkFailure, runInWorker } from './worker.ts'

export interface ScoreOptions {
  signal?: AbortSignal
  timeoutMs?: number
}

export interface ScoreInput {
  photo: GrayImage
  target: Uint8Array
}

/**
 * How well the tracker finds a photo on simulated views of it.
 * @param target the target file that was compiled from `photo`
 * @throws AppError `score_timed_out`, `score_failed`
 */
export async function scorePhoto(photo: GrayImage, target: Uint8Array, options: ScoreOptions = {}): Promise<Score> {
  try {
    return await runInWorker<Score>(new URL('./score.worker.ts', import.meta.url), { photo, target } satisfies ScoreInput, {
      timeoutMs: options.timeoutMs ?? limits.scoreTimeoutMs,
      onTimeout: () => new AppError('score_timed_out'),
      heapMebibytesMax: 512,
      signal: options.signal,
    })
  } catch (error) {
    throw error instanceof WorkFailure ? new AppError('score_failed', { cause: error }) : error
  }
}
