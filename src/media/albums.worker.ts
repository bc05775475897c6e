import { readFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { buildAlbumIndex, readTarget } from '#tracker'
import type { AlbumPhoto } from '#tracker'
import type { AlbumIndexInput } from './albums.ts'
import { answer } from './answer.ts'

answer<Uint8Array>((onProgress) => buildAlbumIndex(readTargets(workerData as AlbumIndexInput, onProgress)))

/** One after the other: a thousand targets are never in memory together. */
function* readTargets({ targets }: AlbumIndexInput, onProgress: (fraction: number) => void): Generator<AlbumPhoto> {
  for (const [index, { id, file }] of targets.entries()) {
    const target = read(file)
    if (target !== undefined) yield { id, target }
    onProgress(index / targets.length)
  }
}

function read(file: string): AlbumPhoto['target'] | undefined {
  try {
    return readTarget(readFileSync(file))
  } catch {
    return undefined
  }
}
