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
    .select(['photos.sha256', 'photos.extension', 'photos.targetKey', 'photos.targetVersion', 'photos.blur'])
    .where('arContent.id', '=', contentId)
    .executeTakeFirstOrThrow()
}

export async function updateTarget(trx: Trx, sha256: string, target: { targetKey: string; targetVersion: number; score: number; advice: string[] }): Promise<void> {
  await trx.updateTable('photos').set(target).where('sha256', '=', sha256).execute()
}

export async function updatePreviews(trx: Trx, sha256: string, result: { blur: string; previews: StoredPreview[] }): Promise<void> {
  await trx.updateTable('photos').set({ blur: result.blur, previews: JSON.stringify(result.previews) }).where('sha256', '=', sha256).execute()
}
