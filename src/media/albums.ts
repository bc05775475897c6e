import { AppError } from '../errors.ts'
import type { Storage } from '../lib/storage/storage.ts'
import { limits } from '../limits.ts'
import { createLane } from './lane.ts'
import { runInWorker, WorkFailure } from './worker.ts'

/** A photo of an album: 32 hexadecimal digits, and where its target is stored. */
export interface AlbumTarget {
  id: string
  key: string
}

export interface AlbumIndexInput {
  targets: { id: string; file: string }[]
}

const lane = createLane(limits.albumIndexesAtOnceMax)

/**
 * The search index over the targets, in their order, made in a thread. A target that is missing or damaged is left out: the others are found all
 * the same. Errors: `overloaded` when it took too long.
 */
export async function buildAlbumIndexFile(storage: Storage, targets: AlbumTarget[]): Promise<Buffer> {
  return await lane.run(1, async () => {
    const located: AlbumIndexInput['targets'] = []
    for (const { id, key } of targets) {
      const file = await storage.localPath(key).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return undefined
        throw error
      })
      if (file !== undefined) located.push({ id, file })
    }
    try {
      return Buffer.from(await runInWorker<Uint8Array>(new URL('./albums.worker.ts', import.meta.url), { targets: located } satisfies AlbumIndexInput, {
        timeoutMs: limits.albumIndexTimeoutMs,
        onTimeout: () => new AppError('overloaded', { details: { seconds: 10 } }),
        heapMebibytesMax: 256,
      }))
    } catch (error) {
      throw error instanceof WorkFailure ? new AppError('internal', { cause: error }) : error
    }
  })
}
