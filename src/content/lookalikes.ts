import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import type { LookAlike } from '../media/media.ts'
import * as queries from './queries.ts'

/** The other photos of a project that a new one is compared with: each once, however many orders use it. */
export interface Album {
  /** For the comparison; a photo's id is its hash. */
  others: { id: string; key: string }[]
  /** Which orders use a photo, by its hash. */
  orders: Map<string, number[]>
}

/** @param exceptId the order whose photo it is, when it has one */
export async function openAlbum(db: Db, projectId: number, photo: { sha256: string; exceptId?: number }): Promise<Album> {
  const rows = await queries.selectTargetsOfProject(db, projectId, limits.lookAlikeTargetsMax)
  const orders = new Map<string, number[]>()
  const keys = new Map<string, string>()
  for (const row of rows) {
    if (row.id === photo.exceptId) continue
    orders.set(row.photoSha256, [...(orders.get(row.photoSha256) ?? []), row.id])
    if (row.photoSha256 !== photo.sha256) keys.set(row.photoSha256, row.targetKey)
  }
  return { others: [...keys].map(([id, key]) => ({ id, key })), orders }
}

/** The orders behind photos that look alike, most alike first; the same file in another order is one, too. */
export function findOrders(album: Album, sha256: string, found: LookAlike[]): { id: number; similarity: number }[] {
  return [{ id: sha256, similarity: 1 }, ...found]
    .flatMap((photo) => (album.orders.get(photo.id) ?? []).map((id) => ({ id, similarity: photo.similarity })))
    .sort((one, other) => other.similarity - one.similarity || one.id - other.id)
}
