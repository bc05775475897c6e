import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { GrayImage, Score } from '#tracker'
import { AppError } from '../errors.ts'
import type { Cache } from '../lib/cache/cache.ts'
import type { Programs } from '../lib/process.ts'
import type { Storage } from '../lib/storage/storage.ts'
import { limits } from '../limits.ts'
import { makePreviews } from './photo/previews.ts'
import type { PhotoOfContent, StoredPreview } from './photos.ts'
import { scorePhoto } from './score.ts'
import { compileTarget, decodeForTarget } from './target.ts'
import { getVideoFacts } from './video/check.ts'
import { encodeVideo } from './video/encode.ts'
import { makePoster } from './video/poster.ts'
import { needsRendition } from './video/rendition.ts'

/** Raised when a newer engine makes better targets, so that old photos are compiled again. */
export const targetVersion = 3
/** Raised when scoring changes, so that photos whose jobs run again are scored again. */
const scoreVersion = 1
/** Part of the derived keys: raised when their making changes, since a key's bytes never do. */
const derivedVersion = 1

export interface Work {
  /** A private folder, removed afterwards. */
  folder: string
  onProgress: (fraction: number) => void
  signal: AbortSignal
}

/** Compiles the photo's target unless that was done before. Errors: `photo_no_texture`, `target_timed_out`, … */
export async function processTarget(
  storage: Storage, photo: PhotoOfContent, work: Work,
): Promise<{ targetKey: string; targetVersion: number } | undefined> {
  if (photo.targetKey !== null && photo.targetVersion === targetVersion) return undefined
  const source = await storage.localPath(photoKey(photo))
  const target = await compileTarget(source, { onProgress: work.onProgress, signal: work.signal, timeoutMs: limits.compileTimeoutMs })
  const file = path.join(work.folder, 'target.arv')
  await writeFile(file, target)
  const targetKey = `${photo.sha256}/target-v${targetVersion}.arv`
  await storage.adopt(file, targetKey)
  return { targetKey, targetVersion }
}

/** Opens the photo for `processScore` and for comparing it with others. */
export async function openPhoto(storage: Storage, photo: PhotoOfContent, signal: AbortSignal): Promise<GrayImage> {
  return await decodeForTarget(await storage.localPath(photoKey(photo)), signal)
}

/** Scores the photo unless that was done before; its target must be there. Errors: `score_timed_out`, `score_failed`. */
export async function processScore(
  storage: Storage, photo: PhotoOfContent, gray: GrayImage, signal: AbortSignal,
): Promise<(Score & { scoreVersion: number }) | undefined> {
  if (photo.scoreVersion === scoreVersion) return undefined
  if (photo.targetKey === null) throw new AppError('score_failed', { cause: new Error('the photo has no target') })
  const target = await readFile(await storage.localPath(photo.targetKey))
  return { ...await scorePhoto(gray, target, { signal }), scoreVersion }
}

/** Makes the small pictures unless that was done before. */
export async function processPreviews(storage: Storage, photo: PhotoOfContent, work: Work): Promise<{ blur: string; previews: StoredPreview[] } | undefined> {
  if (photo.blur !== null) return undefined
  const source = await storage.localPath(photoKey(photo))
  const made = await makePreviews(source, work.folder, { onProgress: work.onProgress, signal: work.signal })
  const previews: StoredPreview[] = []
  for (const { file, ...preview } of made.previews) {
    const key = `${photo.sha256}/preview-${preview.width}-v${derivedVersion}.${preview.format}`
    await storage.adopt(file, key)
    previews.push({ key, ...preview })
  }
  return { blur: made.blur, previews }
}

type VideoTools = { storage: Storage; programs: Programs; cache: Cache }

export interface ProcessedVideo {
  renditionKey: string
  posterKey: string
  sizeBytes: number
  durationMs: number
  width: number
  height: number
}

/** Where `processVideo` puts what it makes of a video: of the two renditions it is one. */
export function videoKeys(video: { sourceSha256: string; sourceKey: string }): { renditions: string[]; poster: string } {
  return {
    renditions: [video.sourceKey, `${video.sourceSha256}/rendition-v${derivedVersion}.mp4`],
    poster: `${video.sourceSha256}/poster-v${derivedVersion}.webp`,
  }
}

/** Whether what was made before is all there still. */
export async function isStored(storage: Storage, keys: string[]): Promise<boolean> {
  return (await Promise.all(keys.map(async (key) => await storage.find(key)))).every((file) => file !== undefined)
}

/** Makes what guests play and its poster; the upload itself serves when every phone plays it. */
export async function processVideo({ storage, programs, cache }: VideoTools, video: { sourceSha256: string; sourceKey: string }, work: Work): Promise<ProcessedVideo> {
  const source = await storage.localPath(video.sourceKey)
  let facts = await getVideoFacts({ programs, cache }, source, video.sourceSha256)
  let playable = source
  let renditionKey = video.sourceKey
  if (needsRendition(facts)) {
    playable = path.join(work.folder, 'rendition.mp4')
    facts = await encodeVideo(source, facts, playable, programs, { onProgress: work.onProgress, signal: work.signal })
    renditionKey = videoKeys(video).renditions[1]
  }
  const poster = path.join(work.folder, 'poster.webp')
  await makePoster(playable, facts, poster, programs)
  const posterKey = videoKeys(video).poster
  await storage.adopt(poster, posterKey)
  if (renditionKey !== video.sourceKey) await storage.adopt(playable, renditionKey)
  const stored = await storage.find(renditionKey)
  return { renditionKey, posterKey, sizeBytes: stored?.size ?? 0, durationMs: facts.durationMs, width: facts.width, height: facts.height }
}

function photoKey(photo: PhotoOfContent): string {
  return `${photo.sha256}/photo.${photo.extension}`
}
