import type { Score } from '#tracker'
import type { Db, Trx } from '../lib/db/db.ts'

export interface StoredPreview {
  key: string
  width: number
  height: number
  format: 'webp' | 'avif'
  bytes: number
}

export interface NewPhoto {
  sha256: string
  mimeType: string
  extension: string
  sizeBytes: number
  width: number
  height: number
}

/** Notes a photo's facts once; the same photo uploaded again finds its target and previews there. */
export async function insertPhoto(trx: Trx, photo: NewPhoto): Promise<void> {
  await trx.insertInto('photos').values(photo).onConflict((conflict) => conflict.column('sha256').doNothing()).execute()
}

export type PhotoOfContent = Awaited<ReturnType<typeof getPhotoOfContent>>

export async function getPhotoOfContent(db: Db, contentId: number) {
  return await db
    .selectFrom('arContent')
    .innerJoin('photos', 'photos.sha256', 'arContent.photoSha256')
    .select(['photos.sha256', 'photos.extension', 'photos.targetKey', 'photos.targetVersion', 'photos.scoreVersion', 'photos.blur'])
    .select('arContent.projectId')
    .where('arContent.id', '=', contentId)
    .executeTakeFirstOrThrow()
}

/** A new target is scored anew. */
export async function updateTarget(trx: Trx, sha256: string, target: { targetKey: string; targetVersion: number }): Promise<void> {
  await trx.updateTable('photos').set({ ...target, scoreVersion: null }).where('sha256', '=', sha256).execute()
}

/** The next job compiles it anew. What there is stays in use until then. */
export async function forgetTarget(trx: Trx, sha256: string): Promise<void> {
  await trx.updateTable('photos').set({ targetVersion: null }).where('sha256', '=', sha256).execute()
}

/** The next job makes them anew. What there is stays in use until then. */
export async function forgetPreviews(trx: Trx, sha256: string): Promise<void> {
  await trx.updateTable('photos').set({ blur: null }).where('sha256', '=', sha256).execute()
}

/** What a score says beyond its number: where the detail is, and where it still locked on simulated views. */
export type ScoreDetails = Pick<Score, 'grid' | 'conditions'>

export async function updateScore(trx: Trx, sha256: string, result: Score & { scoreVersion: number }): Promise<void> {
  const { score, advice, grid, conditions, scoreVersion } = result
  const details: StoredDetails = { grid: { ...grid, values: Buffer.from(grid.values).toString('base64') }, conditions }
  await trx.updateTable('photos').set({ score, advice, scoreDetails: JSON.stringify(details), scoreVersion }).where('sha256', '=', sha256).execute()
}

export async function findScoreDetails(db: Db, sha256: string): Promise<ScoreDetails | undefined> {
  const row = await db.selectFrom('photos').select('scoreDetails').where('sha256', '=', sha256).executeTakeFirst()
  const stored = (row?.scoreDetails ?? null) as StoredDetails | null
  if (stored === null) return undefined
  return { grid: { ...stored.grid, values: new Uint8Array(Buffer.from(stored.grid.values, 'base64')) }, conditions: stored.conditions }
}

interface StoredDetails {
  /** The values in base64. */
  grid: { columns: number; rows: number; values: string }
  conditions: Score['conditions']
}

export async function updatePreviews(trx: Trx, sha256: string, result: { blur: string; previews: StoredPreview[] }): Promise<void> {
  await trx.updateTable('photos').set({ blur: result.blur, previews: JSON.stringify(result.previews) }).where('sha256', '=', sha256).execute()
}
