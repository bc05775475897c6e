import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import { checkProjectOfCompany } from '../companies/companies.ts'
import type { Reader } from '../companies/companies.ts'
import { AppError } from '../errors.ts'
import { createCode, isCode, isUuid } from '../lib/code.ts'
import { isUniqueViolation } from '../lib/db/db.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import type { Page } from '../lib/http/pages.ts'
import type { Storage } from '../lib/storage/storage.ts'
import { limits } from '../limits.ts'
import { findScoreDetails, insertPhoto } from '../media/media.ts'
import type { Language } from '../words/words.ts'
import { findPlace } from './list.ts'
import type { ContentFilter } from './list.ts'
import { presentContent, presentListItem } from './present.ts'
import type { Addresses } from './present.ts'
import * as queries from './queries.ts'
import type { ContentRow, VideoRow } from './queries.ts'
import type { ContentListItem, ContentView, TaskView } from './schema.ts'
import { findLatestTask, startTaskLater } from './tasks.ts'
import type { ContentUpload } from './upload.ts'

export { albumPhotoId, choosePhotos, findAlbum, getAlbumIndex, nameAlbumIndex } from './albums.ts'
export type { AlbumContents } from './albums.ts'
export type { AlbumRow } from './albumqueries.ts'
export { contentJobs } from './jobs.ts'
export { recompileOutdatedLater } from './batches.ts'
export { requeueLostJobs } from './tasks.ts'
export { absoluteAddresses, mediaUrl, pageAddresses, presentPreviews } from './present.ts'
export type { Addresses } from './present.ts'
export { createQrSvg } from './qr.ts'
export type { ContentRow, VideoRow } from './queries.ts'

type Keeper = Pick<App, 'db' | 'storage'>
type Reading = Pick<App, 'db' | 'cache'>

/**
 * Keeps a checked upload and queues the work on it. When it resolves, files, rows and jobs are durable; when it throws,
 * nothing is left. Returns the content's id. Errors: `not_found`, `project_not_in_company`, `order_number_taken`, `storage_full`.
 */
export async function createContent(app: Keeper, reader: Reader, upload: Omit<ContentUpload, 'discard'>, options: { demoNumber?: number } = {}): Promise<number> {
  const { fields, photo, video } = upload
  await checkProjectOfCompany(app.db, reader, { companyId: fields.company_id, projectId: fields.project_id })
  const photoKey = `${photo.sha256}/photo.${photo.facts.extension}`
  const videoKey = `${video.sha256}/video.${video.facts.extension}`
  const saved = await app.db.transaction().execute(async (trx): Promise<{ id: number } | { error: unknown }> => {
    // Two uploads of the same file take turns, so that one that fails never removes what the other has just stored.
    await queries.lockFiles(trx, [photo.sha256, video.sha256])
    const isNew = await Promise.all([photoKey, videoKey].map(async (key) => (await app.storage.find(key)) === undefined))
    await queries.setSavepoint(trx)
    try {
      await app.storage.adopt(photo.path, photoKey)
      await app.storage.adopt(video.path, videoKey)
      return { id: await insertUpload(trx, upload, videoKey, options.demoNumber ?? null) }
    } catch (error) {
      await queries.rollBackToSavepoint(trx)
      await removeUnused(trx, app.storage, [photoKey, videoKey].filter((_, index) => isNew[index]))
      return { error }
    }
  })
  if ('id' in saved) return saved.id
  if (!isUniqueViolation(saved.error, 'ar_content_project_id_order_number_key')) throw saved.error
  throw new AppError('order_number_taken', { details: { field: 'order_number', order_number: fields.order_number }, cause: saved.error })
}

/** Writes the rows of an upload and queues the work on it. Returns the content's id. */
async function insertUpload(trx: Trx, upload: Omit<ContentUpload, 'discard'>, videoKey: string, demoNumber: number | null): Promise<number> {
  const { fields, photo, video } = upload
  await insertPhoto(trx, { sha256: photo.sha256, mimeType: photo.facts.mime, extension: photo.facts.extension, sizeBytes: photo.size, width: photo.facts.width, height: photo.facts.height })
  const contentId = await queries.insertContent(trx, {
    uniqueId: randomUUID(),
    code: createCode(),
    companyId: fields.company_id,
    projectId: fields.project_id,
    orderNumber: fields.order_number ?? (await queries.takeOrderNumber(trx, fields.project_id)),
    customerName: fields.customer_name,
    customerPhone: fields.customer_phone,
    customerEmail: fields.customer_email,
    durationYears: fields.duration_years,
    photoSha256: photo.sha256,
    demoNumber,
  })
  const videoId = await queries.insertVideo(trx, {
    arContentId: contentId,
    title: titleOf(video.fileName),
    sourceSha256: video.sha256,
    sourceKey: videoKey,
    sourceMimeType: video.facts.mime,
    sourceSizeBytes: video.size,
  })
  await startTaskLater(trx, { companyId: fields.company_id, contentId, jobs: [{ kind: 'target' }, { kind: 'previews' }, { kind: 'video', videoId }, { kind: 'score' }] })
  return contentId
}

/** Errors: `not_found`, also for content of a company that is not the reader's. */
export async function getContent(db: Db, reader: Reader, id: number, language: Language, addresses: Addresses): Promise<ContentView> {
  // The task first: what it says has ended is then in all that is read after it.
  const task = await findLatestTask(db, id, language)
  const content = await queries.findContent(db, { id })
  if (content === undefined || (reader.companyId !== null && reader.companyId !== content.companyId)) throw new AppError('not_found')
  const [videos, scoreDetails, lookAlikes] = await Promise.all([
    queries.selectVideos(db, content.id), findScoreDetails(db, content.photoSha256),
    queries.selectLookAlikes(db, content.id, limits.lookAlikesMax),
  ])
  return presentContent({ content, videos, task, language, addresses, scoreDetails, lookAlikes })
}

/** Whose an order is. Errors: `not_found`, also for content of a company that is not the reader's. */
export async function getOwner(db: Db, reader: Reader, id: number): Promise<{ companyId: number; orderNumber: string }> {
  const owner = await queries.findOwner(db, id)
  if (owner === undefined || (reader.companyId !== null && reader.companyId !== owner.companyId)) throw new AppError('not_found')
  return owner
}

/** One page of what the filter leaves. `isExact` tells whether `total` is all, or only as far as was counted. */
export async function listContent(db: Db, filter: ContentFilter, page: Page, addresses: Addresses): Promise<{ items: ContentListItem[]; total: number; isExact: boolean }> {
  const { ids, total, isExact } = await findPlace(db, filter, page)
  const rows = await queries.selectContentRows(db, ids)
  return { items: rows.map((row) => presentListItem(row, addresses)), total, isExact }
}

/** Days of UTC, both included, as moments. */
export function readPeriod(from: string | undefined, to: string | undefined): { since?: Date; before?: Date } {
  const dayMs = 24 * 60 * 60 * 1000
  return { ...(from === undefined ? {} : { since: new Date(from) }), ...(to === undefined ? {} : { before: new Date(Date.parse(to) + dayMs) }) }
}

export interface LinkedContent {
  content: ContentRow
  videos: VideoRow[]
}

/**
 * What a guest's link leads to, by the UUID, code or demo id in it; `invalid` when it cannot be anybody's. Cached: whether it
 * has expired is to be told from its row at the moment of the answer.
 */
export async function findByLink({ db, cache }: Reading, id: string): Promise<LinkedContent | 'invalid' | undefined> {
  const key = readLink(id)
  if (key === undefined) return 'invalid'
  return await cache.get('metadata', `link ${Object.values(key)[0]}`, {
    compute: async () => {
      const content = await queries.findContent(db, key)
      return content === undefined ? undefined : { content, videos: await queries.selectVideos(db, content.id) }
    },
    tags: (found) => (found === undefined ? ['content'] : tagsOf(found.content)),
  })
}

function readLink(id: string): { demoNumber: number } | { uniqueId: string } | { code: string } | undefined {
  const demo = /^demo_(\d{1,6})$/.exec(id)
  if (demo !== null) return { demoNumber: Number(demo[1]) }
  if (isUuid(id)) return { uniqueId: id.toLowerCase() }
  return isCode(id) ? { code: id } : undefined
}

export async function listDemos({ db, cache }: Reading): Promise<ContentRow[]> {
  return await cache.get('metadata', 'demos', {
    compute: async () => await queries.selectDemos(db),
    tags: (demos) => ['content', ...demos.flatMap(tagsOf)],
  })
}

/** The first demo as its page shows it; undefined when this server has none. */
export async function findDemo({ db, cache }: Reading, language: Language, addresses: Addresses): Promise<ContentView | undefined> {
  const demo = await cache.get('answers', `demo ${language} ${addresses.links} ${addresses.files}`, {
    compute: async () => {
      const content = await queries.findContent(db, { demoNumber: 1 })
      return content === undefined ? undefined : { content, view: await getContent(db, { companyId: null }, content.id, language, addresses) }
    },
    // While it is being prepared, its progress changes all the time.
    tags: (found) => (found === undefined ? ['content'] : isOpen(found.view.task) ? null : tagsOf(found.content)),
  })
  return demo?.view
}

function isOpen(task: TaskView | null): boolean {
  return task?.status === 'pending' || task?.status === 'processing'
}

/** What the migration `cache` announces when a row changes that this one shows: the tags of whatever is made from it. */
export function tagsOf(content: ContentRow): string[] {
  return [`content:${content.id}`, `project:${content.projectId}`, `company:${content.companyId}`, `photo:${content.photoSha256}`]
}

function titleOf(fileName: string): string {
  const title = fileName.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '').trim().slice(0, limits.nameCharsMax)
  return title === '' ? 'video' : title
}

/** Removes files that this failed upload stored, unless another order uses the same ones. The files are locked. */
async function removeUnused(trx: Trx, storage: Storage, keys: string[]): Promise<void> {
  for (const key of keys) {
    if (!(await queries.isKeyUsed(trx, key))) await storage.remove(key).catch(() => {})
  }
}
