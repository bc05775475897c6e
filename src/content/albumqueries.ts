import { sql } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import type { ContentStatus } from './schema.ts'

/** One order as an album needs it, with the video that plays, if any. */
export interface AlbumRow {
  id: number
  uniqueId: string
  status: ContentStatus
  markerStatus: string
  expiresAt: Date | null
  photoSha256: string
  photoExtension: string
  photoWidth: number
  photoHeight: number
  blur: string | null
  previews: unknown
  targetKey: string | null
  videoId: number | null
  renditionKey: string | null
  posterKey: string | null
  videoWidth: number | null
  videoHeight: number | null
  durationMs: number | null
}

/** The newest `max` orders of a project, archived ones last. */
export async function selectAlbum(db: Db, projectId: number, max: number): Promise<AlbumRow[]> {
  const { rows } = await sql<AlbumRow>`
    select c.id, c.unique_id, c.status, c.marker_status, c.expires_at, c.photo_sha256, p.extension as photo_extension, p.width as photo_width,
      p.height as photo_height, p.blur, p.previews, p.target_key, v.id as video_id, v.rendition_key, v.poster_key, v.width as video_width,
      v.height as video_height, v.duration_ms
    from ar_content c
    join photos p on p.sha256 = c.photo_sha256
    left join lateral (
      select id, rendition_key, poster_key, width, height, duration_ms from videos
      where ar_content_id = c.id and status = 'ready' and rendition_key is not null order by is_active desc, position, id limit 1
    ) v on true
    where c.project_id = ${projectId} and c.status <> 'failed'
    order by c.status = 'archived', c.id desc limit ${max}`.execute(db)
  return rows
}

/** How many photos a project's album would have, were there no limit. */
export async function countAlbum(db: Db, projectId: number): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*)::int as total from ar_content where project_id = ${projectId} and status not in ('failed', 'archived')`.execute(db)
  return rows[0].total
}
