import type { GrayImage } from '#tracker'
import { AppError } from '../errors.ts'
import type { Storage } from '../lib/storage/storage.ts'
import { limits } from '../limits.ts'
import { WorkFailure, runInWorker } from './worker.ts'

/** A target file in storage and whose it is. */
export interface OtherTarget {
  id: string
  key: string
}

export interface LookAlike {
  id: string
  /** 0–1: how much of the other photo agrees with what was seen of this one. */
  similarity: number
}

export interface LookAlikesInput {
  photo: GrayImage
  targets: { id: string; file: string }[]
}

export interface LookAlikesOptions {
  /** 0–1 */
  onProgress?: (fraction: number) => void
  signal?: AbortSignal
  /** No further targets are looked at after so long. */
  lookMs?: number
}

/**
 * Which of the targets a camera pointed at this photo would lock on. Looks at some at a time, so that memory does not
 * grow with their number; `isComplete` says whether there was time for all.
 * @throws AppError `score_timed_out`, `score_failed`
 */
export async function findLookAlikes(
  storage: Storage, photo: GrayImage, targets: OtherTarget[], options: LookAlikesOptions = {},
): Promise<{ found: LookAlike[]; isComplete: boolean }> {
  const end = performance.now() + (options.lookMs ?? Infinity)
  const found: LookAlike[] = []
  for (let from = 0; from < targets.length; from += limits.lookAlikeBatchTargets) {
    if (performance.now() > end) return { found, isComplete: false }
    const batch = targets.slice(from, from + limits.lookAlikeBatchTargets)
    const onProgress = (fraction: number) => options.onProgress?.((from + fraction * batch.length) / targets.length)
    found.push(...await lookAtBatch({ photo, targets: await locateTargets(storage, batch) }, { ...options, onProgress }))
  }
  return { found, isComplete: true }
}

/** Whatever was removed meanwhile is left out. */
async function locateTargets(storage: Storage, targets: OtherTarget[]): Promise<LookAlikesInput['targets']> {
  const located: LookAlikesInput['targets'] = []
  for (const { id, key } of targets) {
    const file = await storage.localPath(key).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_found') return undefined
      throw error
    })
    if (file !== undefined) located.push({ id, file })
  }
  return located
}

async function lookAtBatch(input: LookAlikesInput, options: LookAlikesOptions): Promise<LookAlike[]> {
  try {
    return await runInWorker<LookAlike[]>(new URL('./lookalikes.worker.ts', import.meta.url), input, {
      timeoutMs: limits.scoreTimeoutMs,
      onTimeout: () => new AppError('score_timed_out'),
      heapMebibytesMax: 512,
      signal: options.signal,
      onProgress: options.onProgress,
    })
  } catch (error) {
    throw error instanceof WorkFailure ? new AppError('score_failed', { cause: error }) : error
  }
}
