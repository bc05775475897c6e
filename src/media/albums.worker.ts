import { readFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { buildAlbumIndex } from '#tracker'
import type { AlbumPhoto } from '#tracker'
import type { AlbumIndexInput } from './albums.ts'
import { answer } from './answer.ts'

answer<Uint8Array>((onProgress) => buildAlbumIndex(readTargets(workerData as AlbumIndexInput, onProgress)))

/** One after the other: a thousand targets are never in memory together. */
function* readTargets({ targets }: AlbumIndexInput, onProgress: (fraction: number) => void): Generator<AlbumPhoto> {
  for (const [index, { id, file }] of targets.entries()) {
    yield { id, target: read(file) }
    onProgress(index / targets.length)
  }
}

/** Nothing where it was removed meanwhile, which the index leaves out like a damaged file. */
function read(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch {
    return new Uint8Array(0)
  }
}
