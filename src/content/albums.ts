import { createHash } from 'node:crypto'
import type { App } from '../app.ts'
import { findProjectByCode } from '../companies/companies.ts'
import { isCode } from '../lib/code.ts'
import { limits } from '../limits.ts'
import { buildAlbumIndexFile } from '../media/media.ts'
import * as queries from './albumqueries.ts'
import type { AlbumRow } from './albumqueries.ts'

export interface AlbumContents {
  projectId: number
  code: string
  name: string
  /** The newest orders, at most `limits.albumPhotosMax`. */
  rows: AlbumRow[]
}

/** Raised when an index of the same targets has other bytes than before. */
const indexVersion = 1

/** The orders behind an album's link; undefined when there is no such project, or it is not active. Whether one has expired is to be told at the moment of the answer. */
export async function findAlbum({ db, cache }: Pick<App, 'db' | 'cache'>, code: string): Promise<AlbumContents | undefined> {
  if (!isCode(code)) return undefined
  return await cache.get('metadata', `album ${code}`, {
    compute: async () => {
      const project = await findProjectByCode(db, code)
      if (project?.status !== 'active') return undefined
      return { projectId: project.id, code, name: project.name, rows: await queries.selectAlbum(db, project.id, limits.albumPhotosMax) }
    },
    tags: (album) => (album === undefined ? ['projects'] : [`album:${album.projectId}`, `project:${album.projectId}`]),
  })
}

/** What an album's index calls a photo. */
export function albumPhotoId(photoSha256: string): string {
  return photoSha256.slice(0, 32)
}

/** Orders with a target, each photo once: of those that share it one that plays, else the newest. */
export function choosePhotos(rows: readonly AlbumRow[], isPlayable: (row: AlbumRow) => boolean): (AlbumRow & { targetKey: string })[] {
  const chosen = new Map<string, AlbumRow & { targetKey: string }>()
  for (const row of rows) {
    if (row.targetKey === null || row.markerStatus !== 'ready') continue
    const other = chosen.get(row.photoSha256)
    if (other === undefined || (!isPlayable(other) && isPlayable(row))) chosen.set(row.photoSha256, { ...row, targetKey: row.targetKey })
  }
  return [...chosen.values()]
}

/** Names an album's index by what it is made of: other targets, another name. */
export function nameAlbumIndex(rows: readonly AlbumRow[]): string {
  const targets = choosePhotos(rows, () => true).map(({ targetKey }) => targetKey).sort()
  return createHash('sha256').update(`${indexVersion}\n${targets.join('\n')}`).digest('hex')
}

/** The index over all photos of an album, made once however many ask, and kept by its name. */
export async function getAlbumIndex({ cache, storage }: Pick<App, 'cache' | 'storage'>, rows: readonly AlbumRow[]): Promise<Buffer> {
  return await cache.get('previews', `album ${nameAlbumIndex(rows)}`, {
    compute: async () => {
      const photos = choosePhotos(rows, () => true).map((row) => ({ id: albumPhotoId(row.photoSha256), key: row.targetKey }))
      return await buildAlbumIndexFile(storage, photos.sort((one, other) => (one.key < other.key ? -1 : 1)))
    },
    tags: () => [],
  })
}

/** How many photos the project's album has, and whether they are more than it can show. */
export async function measureAlbum({ db }: Pick<App, 'db'>, projectId: number): Promise<{ photos: number; isOver: boolean }> {
  const photos = await queries.countAlbum(db, projectId)
  return { photos, isOver: photos > limits.albumPhotosMax }
}
