import type { GrayImage, Score } from '#tracker'
import { AppError } from '../errors.ts'
import type { Storage } from '../lib/storage/storage.ts'
import { limits } from '../limits.ts'
import { createLane } from './lane.ts'
import { findLookAlikes } from './lookalikes.ts'
import type { LookAlike, OtherTarget } from './lookalikes.ts'
import { scorePhoto } from './score.ts'
import { compileTarget, decodeForTarget } from './target.ts'

export interface PhotoTrial {
  /** Undefined when the photo has nothing that a camera could recognise. */
  score: Score | undefined
  lookAlikes: LookAlike[]
  /** False when there was no time to compare it with all of them. */
  isComplete: boolean
}

export interface TryPhotoOptions {
  /** Hexadecimal; the same photo tried again, for another project, is not scored again. */
  sha256: string
  /** What it may be taken for. */
  others: OtherTarget[]
  signal?: AbortSignal
}

const lane = createLane(limits.photoTrialsAtOnceMax)
/** The latest scores by photo, oldest first. */
const remembered = new Map<string, Score>()

/**
 * Says of a photo that is not kept what the jobs would say of it: its score, and what it may be taken for.
 * @throws AppError `target_timed_out`, `target_failed`, `score_timed_out`, `score_failed`, or as `checkPhoto`
 */
export async function tryPhoto(storage: Storage, file: string, options: TryPhotoOptions): Promise<PhotoTrial> {
  const { sha256, others, signal } = options
  return await lane.run(1, async () => {
    const photo = await decodeForTarget(file, signal)
    const [score, { found, isComplete }] = await Promise.all([
      remembered.get(sha256) ?? scoreFresh(photo, signal),
      findLookAlikes(storage, photo, others, { signal, lookMs: limits.photoTrialLookMs }),
    ])
    if (score !== undefined) remember(sha256, score)
    return { score, lookAlikes: found, isComplete }
  })
}

async function scoreFresh(photo: GrayImage, signal: AbortSignal | undefined): Promise<Score | undefined> {
  try {
    return await scorePhoto(photo, await compileTarget(photo, { signal }), { signal })
  } catch (error) {
    if (error instanceof AppError && error.code === 'photo_no_texture') return undefined
    throw error
  }
}

function remember(sha256: string, score: Score): void {
  remembered.delete(sha256)
  remembered.set(sha256, score)
  for (const oldest of remembered.keys()) {
    if (remembered.size <= limits.photoTrialsRememberedMax) return
    remembered.delete(oldest)
  }
}
