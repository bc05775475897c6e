import { sql } from '../lib/db/db.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import type { PartStatus } from './schema.ts'

const contentColumns = [
  'c.id', 'c.uniqueId', 'c.code', 'c.companyId', 'c.projectId', 'c.orderNumber', 'c.customerName', 'c.customerPhone', 'c.customerEmail',
  'c.durationYears', 'c.expiresAt', 'c.status', 'c.markerStatus', 'c.markerFailure', 'c.photoSha256', 'c.demoNumber', 'c.createdAt',
  'company.name as companyName', 'company.status as companyStatus', 'project.name as projectName', 'project.status as projectStatus',
  'photo.extension as photoExtension', 'photo.width as photoWidth', 'photo.height as photoHeight', 'photo.blur', 'photo.previews',
  'photo.score', 'photo.advice', 'photo.targetKey',
] as const

const videoColumns = [
  'id', 'arContentId', 'title', 'position', 'isActive', 'status', 'failure', 'sourceKey', 'sourceMimeType', 'sourceSizeBytes', 'renditionKey', 'posterKey',
  'sizeBytes', 'durationMs', 'width', 'height', 'createdAt',
] as const

function selectContent(db: Db) {
  return db
    .selectFrom('arContent as c')
    .innerJoin('companies as company', 'company.id', 'c.companyId')
    .innerJoin('projects as project', 'project.id', 'c.projectId')
    .innerJoin('photos as photo', 'photo.sha256', 'c.photoSha256')
    .select(contentColumns)
}

export type ContentRow = NonNullable<Awaited<ReturnType<typeof findContent>>>
export type VideoRow = Awaited<ReturnType<typeof selectVideos>>[number]

export async function findContent(db: Db, filter: { id: number } | { uniqueId: string } | { code: string } | { demoNumber: number }) {
  const [column, value] = Object.entries(filter)[0] as ['id' | 'uniqueId' | 'code' | 'demoNumber', string | number]
  return await selectContent(db).where(`c.${column}`, '=', value).executeTakeFirst()
}

export async function findOwner(db: Db, id: number) {
  return await db.selectFrom('arContent').select(['companyId', 'orderNumber']).where('id', '=', id).executeTakeFirst()
}

export async function selectDemos(db: Db) {
  return await selectContent(db).where('c.demoNumber', 'is not', null).orderBy('c.demoNumber').limit(100).execute()
}

export async function selectVideos(db: Db, contentId: number) {
  return await db.selectFrom('videos').select(videoColumns).where('arContentId', '=', contentId).orderBy('position').orderBy('id').execute()
}

/** Orders as a list shows them, in the order of `ids`, with the mean progress of what is being worked on. */
export async function selectContentRows(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return []
  const rows = await selectContent(db)
    .select(
      sql<number>`case when c.status in ('pending', 'processing') then coalesce((select avg(j.progress) from task_jobs j where j.task_id =
        (select t.id from tasks t where t.ar_content_id = c.id order by t.created_at desc limit 1)), 0) else 0 end::float8`.as('progress'),
    )
    .where('c.id', '=', sql<number>`any(${ids}::bigint[])`)
    .execute()
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => found.get(id)).filter((row) => row !== undefined)
}

/** The next free number of the project; its row stays locked until the transaction ends, so two orders never share one. */
export async function takeOrderNumber(trx: Trx, projectId: number): Promise<string> {
  for (;;) {
    const row = await trx.updateTable('projects').set({ nextOrderNumber: sql<number>`next_order_number + 1` }).where('id', '=', projectId)
      .returning(sql<number>`next_order_number - 1`.as('number')).executeTakeFirstOrThrow()
    const orderNumber = String(row.number).padStart(6, '0')
    const taken = await trx.selectFrom('arContent').select('id').where('projectId', '=', projectId).where('orderNumber', '=', orderNumber).executeTakeFirst()
    if (taken === undefined) return orderNumber
  }
}

export interface NewContent {
  uniqueId: string
  code: string
  companyId: number
  projectId: number
  orderNumber: string
  customerName: string | null
  customerPhone: string | null
  customerEmail: string | null
  durationYears: number | null
  photoSha256: string
  demoNumber: number | null
}

export async function insertContent(trx: Trx, content: NewContent): Promise<number> {
  const row = await trx
    .insertInto('arContent')
    .values({
      ...content,
      status: 'processing',
      markerStatus: 'pending',
      expiresAt: content.durationYears === null ? null : sql<Date>`now() + make_interval(years => ${content.durationYears}::int)`,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export interface NewVideo {
  arContentId: number
  title: string
  sourceSha256: string
  sourceKey: string
  sourceMimeType: string
  sourceSizeBytes: number
}

export async function insertVideo(trx: Trx, video: NewVideo): Promise<number> {
  const row = await trx.insertInto('videos').values({ ...video, status: 'pending' }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

/** Sets what the parts say: a target and one playable video make it ready; without either for good, it failed. */
export async function updateContentStatus(trx: Trx, contentId: number): Promise<void> {
  await sql`
    update ar_content c set updated_at = now(), status = case
      when c.marker_status = 'failed' then 'failed'
      when not exists (select from videos v where v.ar_content_id = c.id and v.status <> 'failed') then 'failed'
      when c.marker_status = 'ready' and exists (select from videos v where v.ar_content_id = c.id and v.status = 'ready') then 'ready'
      else 'processing' end
    where c.id = ${contentId} and c.status <> 'archived'`.execute(trx)
}

export async function updateMarker(trx: Trx, contentId: number, marker: { status: PartStatus; failure: string | null }): Promise<void> {
  await trx.updateTable('arContent').set({ markerStatus: marker.status, markerFailure: marker.failure }).where('id', '=', contentId).execute()
}

/** Guests keep what works while it is made again; what had failed is being worked on anew. */
export async function restartMarker(trx: Trx, contentId: number): Promise<void> {
  await sql`
    update ar_content set marker_status = 'processing', marker_failure = null, status = case when status = 'failed' then 'processing' else status end
    where id = ${contentId} and marker_status = 'failed'`.execute(trx)
}

/** Says that no target can be made; one that is there goes on working. */
export async function failMarker(trx: Trx, contentId: number, failure: string): Promise<void> {
  await sql`
    update ar_content c set marker_status = 'failed', marker_failure = ${failure}
    from photos p where c.id = ${contentId} and p.sha256 = c.photo_sha256 and not (p.target_key is not null and c.marker_status = 'ready')`.execute(trx)
}

export interface VideoResult {
  status: PartStatus
  failure: string | null
  renditionKey?: string
  posterKey?: string
  sizeBytes?: number
  durationMs?: number
  width?: number
  height?: number
}

export async function updateVideo(trx: Trx, videoId: number, result: VideoResult): Promise<void> {
  await trx.updateTable('videos').set(result).where('id', '=', videoId).execute()
}

export async function findVideo(db: Db, videoId: number) {
  return await db.selectFrom('videos').select(['id', 'arContentId', 'status', 'sourceSha256', 'sourceKey', 'sourceMimeType']).where('id', '=', videoId).executeTakeFirst()
}

/** What an earlier encoding of the same file gave, made as now: its keys are those. */
export async function findEncoded(db: Db, sourceSha256: string, keys: { renditions: string[]; poster: string }) {
  const row = await db
    .selectFrom('videos')
    .select(['renditionKey', 'posterKey', 'sizeBytes', 'durationMs', 'width', 'height'])
    .where('sourceSha256', '=', sourceSha256)
    .where('status', '=', 'ready')
    .where('renditionKey', 'in', keys.renditions)
    .where('posterKey', '=', keys.poster)
    .limit(1)
    .executeTakeFirst()
  return row as { [Column in keyof NonNullable<typeof row>]: NonNullable<NonNullable<typeof row>[Column]> } | undefined
}

/** Whether a photo or a video still stands on this stored file. */
export async function isKeyUsed(db: Db, key: string): Promise<boolean> {
  const sha256 = key.split('/')[0]
  const { rows } = await sql<{ used: boolean }>`
    select exists (select from photos where sha256 = ${sha256}) or exists (select from videos where source_sha256 = ${sha256}) as used`.execute(db)
  return rows[0].used
}

/** The photos of a project that cameras can be pointed at, newest first. */
export async function selectTargetsOfProject(db: Db, projectId: number, max: number) {
  return await db
    .selectFrom('arContent as c')
    .innerJoin('photos as photo', 'photo.sha256', 'c.photoSha256')
    .select(['c.id', 'c.photoSha256'])
    .select(sql<string>`photo.target_key`.as('targetKey'))
    .where('c.projectId', '=', projectId)
    .where('c.markerStatus', '=', 'ready')
    .where('c.status', '<>', 'archived')
    .where('photo.targetKey', 'is not', null)
    .orderBy('c.id', 'desc')
    .limit(max)
    .execute()
}

/** Notes both directions. Always in the same order, so that two jobs that find each other's photos cannot block each other. */
export async function insertLookAlikes(trx: Trx, contentId: number, others: { id: number; similarity: number }[]): Promise<void> {
  if (others.length === 0) return
  await sql`
    insert into look_alikes (ar_content_id, other_id, similarity)
    select pair.one, pair.other, found.similarity
    from unnest(${others.map(({ id }) => id)}::bigint[], ${others.map(({ similarity }) => similarity)}::real[]) as found (id, similarity)
    join ar_content c on c.id = found.id
    cross join lateral (values (${contentId}::bigint, found.id), (found.id, ${contentId}::bigint)) as pair (one, other)
    order by 1, 2
    on conflict (ar_content_id, other_id) do update set similarity = greatest(look_alikes.similarity, excluded.similarity)`.execute(trx)
}

export type LookAlikeRow = Awaited<ReturnType<typeof selectLookAlikes>>[number]

export async function selectLookAlikes(db: Db, contentId: number, max: number) {
  return await selectPictures(db)
    .innerJoin('lookAlikes as found', 'found.otherId', 'c.id')
    .select('found.similarity')
    .where('found.arContentId', '=', contentId)
    .where('c.status', 'not in', ['archived', 'failed'])
    .orderBy('found.similarity', 'desc')
    .orderBy('c.id')
    .limit(max)
    .execute()
}

/** Orders by id, as few columns as a picture of each needs. */
export async function selectPicturesOf(db: Db, ids: number[]) {
  return ids.length === 0 ? [] : await selectPictures(db).where('c.id', 'in', ids).execute()
}

function selectPictures(db: Db) {
  return db
    .selectFrom('arContent as c')
    .innerJoin('photos as photo', 'photo.sha256', 'c.photoSha256')
    .select([
      'c.id', 'c.orderNumber', 'c.photoSha256',
      'photo.extension as photoExtension', 'photo.width as photoWidth', 'photo.height as photoHeight', 'photo.blur', 'photo.previews',
    ])
}

/** Held until the transaction ends; always taken in one order, so that two uploads never wait for each other. */
export async function lockFiles(trx: Trx, hashes: string[]): Promise<void> {
  for (const sha256 of [...new Set(hashes)].sort()) await sql`select pg_advisory_xact_lock(hashtextextended(${`file ${sha256}`}, 0))`.execute(trx)
}

export async function setSavepoint(trx: Trx): Promise<void> {
  await sql`savepoint upload`.execute(trx)
}

export async function rollBackToSavepoint(trx: Trx): Promise<void> {
  await sql`rollback to savepoint upload`.execute(trx)
}
