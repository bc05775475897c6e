import type { App } from '../app.ts'
import { isPrivateUrl } from '../config.ts'
import type { ScoreDetails, StoredPreview } from '../media/media.ts'
import { fill, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import type { ContentRow, LookAlikeRow, VideoRow } from './queries.ts'
import type { ContentListItem, ContentView, LookAlikeView, PreviewView, TaskView, VideoView } from './schema.ts'
import { presentMarkerDetails } from './score.ts'
import { presentFailure } from './tasks.ts'

/** What addresses in an answer begin with: links always carry the public address, files may come from a CDN or the reader's host. */
export interface Addresses {
  links: string
  files: string
  /** What only we answer, to those who are signed in. */
  own: string
}

type Addressed = Pick<App, 'publicUrl'> & { config: Pick<App['config'], 'cdnUrl'> }

/** For programs: everything absolute. */
export function absoluteAddresses({ publicUrl, config }: Addressed): Addresses {
  return { links: publicUrl, files: config.cdnUrl ?? publicUrl, own: publicUrl }
}

/** For pages: files come from the CDN, or the host that the page came from, which need not be the public one. */
export function pageAddresses({ publicUrl, config }: Addressed): Addresses {
  return { links: publicUrl, files: config.cdnUrl ?? '', own: '' }
}

/** The public address of a stored file; its bytes never change, so it may be cached for ever. */
export function mediaUrl(publicUrl: string, key: string): string {
  return `${publicUrl}/media/${key}`
}

export interface PresentContentOptions {
  content: ContentRow
  videos: VideoRow[]
  task: TaskView | undefined
  scoreDetails: ScoreDetails | undefined
  lookAlikes: LookAlikeRow[]
  language: Language
  addresses: Addresses
}

export function presentContent(options: PresentContentOptions): ContentView {
  const { content, videos, task, language, addresses, scoreDetails } = options
  const { links, files } = addresses
  const failureCode = content.status === 'failed' ? (content.markerFailure ?? videos.find((video) => video.failure !== null)?.failure ?? null) : null
  return {
    ...presentListItem({ ...content, progress: 0 }, addresses),
    customer_phone: content.customerPhone,
    customer_email: content.customerEmail,
    duration_years: content.durationYears,
    failure: presentFailure(failureCode, language),
    marker_status: content.markerStatus,
    marker_advice: content.advice.map((code) => adviceWords(code, language)),
    marker_details: scoreDetails === undefined ? null
      : presentMarkerDetails(scoreDetails, { width: content.photoWidth, height: content.photoHeight }, language),
    look_alikes: options.lookAlikes.map((row) => presentLookAlike(row, files)),
    public_link: `${links}/view/${content.uniqueId}`,
    qr_code_url: `${addresses.own}/api/ar-content/${content.id}/qr.svg`,
    print_warning: isPrivateUrl(links) ? fill(wordsIn(language).order.printWarning, { address: links }) : null,
    video_url: presentVideoUrl(videos, files),
    target_url: content.targetKey === null || content.markerStatus !== 'ready' ? null : mediaUrl(files, content.targetKey),
    videos: videos.map((video) => presentVideo(video, language, files)),
    task_id: task?.id ?? null,
    task: task ?? null,
  }
}

export function presentListItem(content: ContentRow & { progress: number }, { links, files }: Addresses): ContentListItem {
  return {
    id: content.id,
    unique_id: content.uniqueId,
    code: content.code,
    order_number: content.orderNumber,
    company_id: content.companyId,
    company_name: content.companyName,
    project_id: content.projectId,
    project_name: content.projectName,
    customer_name: content.customerName,
    status: content.status,
    marker_score: content.score,
    short_link: `${links}/v/${content.code}`,
    photo_url: mediaUrl(files, `${content.photoSha256}/photo.${content.photoExtension}`),
    photo_width: content.photoWidth,
    photo_height: content.photoHeight,
    photo_blur: content.blur,
    previews: presentPreviews(content.previews as StoredPreview[], files),
    expires_at: content.expiresAt?.toISOString() ?? null,
    created_at: content.createdAt.toISOString(),
    progress: content.progress,
  }
}

/** The video that a guest would see: the first ready one, else what was uploaded. */
export function presentVideoUrl(videos: VideoRow[], publicUrl: string): string | null {
  const video = videos.find((candidate) => candidate.status === 'ready' && candidate.isActive) ?? videos[0]
  return video === undefined ? null : mediaUrl(publicUrl, video.renditionKey ?? video.sourceKey)
}

export function presentPreviews(previews: StoredPreview[], publicUrl: string): PreviewView[] {
  return previews.map((preview) => ({ width: preview.width, height: preview.height, format: preview.format, url: mediaUrl(publicUrl, preview.key) }))
}

function presentVideo(video: VideoRow, language: Language, publicUrl: string): VideoView {
  return {
    id: video.id,
    title: video.title,
    status: video.status,
    is_active: video.isActive,
    video_url: video.renditionKey === null ? null : mediaUrl(publicUrl, video.renditionKey),
    source_url: mediaUrl(publicUrl, video.sourceKey),
    thumbnail_url: video.posterKey === null ? null : mediaUrl(publicUrl, video.posterKey),
    duration_seconds: video.durationMs === null ? null : video.durationMs / 1000,
    width: video.width,
    height: video.height,
    size_bytes: video.sizeBytes ?? video.sourceSizeBytes,
    mime_type: video.renditionKey === null ? video.sourceMimeType : 'video/mp4',
    failure: presentFailure(video.failure, language),
    created_at: video.createdAt.toISOString(),
  }
}

export function presentLookAlike(row: LookAlikeRow, files: string): LookAlikeView {
  return {
    id: row.id,
    order_number: row.orderNumber,
    similarity: Math.round(row.similarity * 100) / 100,
    photo_url: mediaUrl(files, `${row.photoSha256}/photo.${row.photoExtension}`),
    photo_width: row.photoWidth,
    photo_height: row.photoHeight,
    photo_blur: row.blur,
    previews: presentPreviews(row.previews as StoredPreview[], files),
  }
}

export function adviceWords(code: string, language: Language): string {
  return (wordsIn(language).scoreAdvice as Record<string, string>)[code] ?? code
}
