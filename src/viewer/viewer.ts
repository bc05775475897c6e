import type { App } from '../app.ts'
import type { Branding } from '../companies/companies.ts'
import { findByLink, mediaUrl, presentPreviews } from '../content/content.ts'
import type { ContentRow, LinkedContent, VideoRow } from '../content/content.ts'
import { AppError } from '../errors.ts'
import { standOut, textOn } from '../lib/colour.ts'
import type { Language } from '../words/words.ts'
import { wordsIn } from '../words/words.ts'
import type { ViewerManifest, ViewerState } from './contract.ts'
import type { AppManifest, AppVideo, UnavailableReason } from './schema.ts'

type Playable = { content: ContentRow & { targetKey: string }; video: PlayableVideo; linked: LinkedContent }
type PlayableVideo = VideoRow & { renditionKey: string }

/** Why a guest cannot see it now; undefined when they can. */
export function findObstacle(found: LinkedContent | 'invalid' | undefined): UnavailableReason | undefined {
  if (found === 'invalid') return 'invalid_unique_id'
  if (found === undefined) return 'not_found'
  const { content } = found
  if (content.expiresAt !== null && content.expiresAt <= new Date()) return 'subscription_expired'
  if (content.status === 'archived' || content.companyStatus !== 'active' || content.projectStatus !== 'active') return 'content_not_active'
  if (content.markerStatus === 'pending' || content.markerStatus === 'processing') return 'marker_still_generating'
  if (content.markerStatus === 'failed' || content.targetKey === null) return 'marker_image_not_available'
  return findPlayableVideo(found.videos) === undefined ? 'no_playable_video' : undefined
}

/** What plays now. Errors: `invalid_id`, `not_found`, `subscription_expired`, `not_ready`, `no_playable_video`. */
export async function getPlayable(app: Pick<App, 'db' | 'cache'>, id: string): Promise<Playable> {
  const found = await findByLink(app, id)
  const obstacle = findObstacle(found)
  if (obstacle === 'invalid_unique_id') throw new AppError('invalid_id', { details: { id } })
  if (obstacle === 'not_found') throw new AppError('not_found')
  if (obstacle === 'subscription_expired') throw new AppError('subscription_expired')
  if (obstacle === 'no_playable_video') throw new AppError('no_playable_video')
  if (obstacle !== undefined) throw new AppError('not_ready', { details: { reason: obstacle } })
  const linked = found as LinkedContent
  return { content: linked.content as Playable['content'], video: findPlayableVideo(linked.videos) as PlayableVideo, linked }
}

/**
 * When what a guest is told of it changes by time alone: the video that plays, the days that are left, whether it is shown at all.
 * Milliseconds since 1970; undefined: never. Whatever is kept of it may not outlive this.
 */
export function endOf({ content }: LinkedContent): number | undefined {
  const left = content.expiresAt === null ? 0 : content.expiresAt.getTime() - Date.now()
  return left <= 0 ? undefined : content.expiresAt!.getTime() - (Math.ceil(left / dayMs) - 1) * dayMs
}

const dayMs = 86_400_000

function findPlayableVideo(videos: VideoRow[]): PlayableVideo | undefined {
  const ready = videos.filter((video): video is PlayableVideo => video.status === 'ready' && video.renditionKey !== null)
  return ready.find((video) => video.isActive) ?? ready[0]
}

export function presentAppVideo(video: PlayableVideo, content: ContentRow, files: string): AppVideo {
  return {
    id: video.id,
    title: video.title,
    video_url: mediaUrl(files, video.renditionKey),
    thumbnail_url: video.posterKey === null ? null : mediaUrl(files, video.posterKey),
    duration: video.durationMs === null ? null : Math.round(video.durationMs / 1000),
    width: video.width,
    height: video.height,
    mime_type: 'video/mp4',
    selection_source: video.isActive ? 'active' : 'fallback',
    schedule_id: null,
    expires_in_days: content.expiresAt === null ? null : Math.max(0, Math.ceil((content.expiresAt.getTime() - Date.now()) / dayMs)),
    selected_at: new Date().toISOString(),
  }
}

/** `files` is what addresses of files begin with. */
export function presentManifest({ content, video }: Pick<Playable, 'content' | 'video'>, files: string): AppManifest {
  const photoUrl = mediaUrl(files, `${content.photoSha256}/photo.${content.photoExtension}`)
  return {
    manifest_version: '1',
    unique_id: content.uniqueId,
    order_number: content.orderNumber,
    marker_image_url: photoUrl,
    photo_url: photoUrl,
    video: presentAppVideo(video, content, files),
    expires_at: content.expiresAt?.toISOString() ?? null,
    status: content.status,
    target_url: mediaUrl(files, content.targetKey),
    photo_width: content.photoWidth,
    photo_height: content.photoHeight,
  }
}

const states: Record<UnavailableReason, ViewerState> = {
  invalid_unique_id: 'not_found',
  not_found: 'not_found',
  subscription_expired: 'expired',
  content_not_active: 'inactive',
  marker_image_not_available: 'no_video',
  marker_still_generating: 'preparing',
  no_playable_video: 'no_video',
}

/**
 * All that the viewer's page is made from, whatever the link leads to. `files` is what addresses of files begin with: nothing, unless a
 * CDN has them, for a phone may reach us by another name than PUBLIC_URL.
 */
export function describePage(found: LinkedContent | 'invalid' | undefined, options: { language: Language; pageUrl: string; workerUrl: string; files: string; branding?: Branding | undefined }): ViewerManifest {
  const obstacle = findObstacle(found)
  const content = found === 'invalid' || found === undefined ? undefined : found
  const stillPreparing = obstacle === 'no_playable_video' && content?.content.status === 'processing'
  const state = obstacle === undefined ? 'ready' : stillPreparing ? 'preparing' : states[obstacle]
  const shown = state === 'not_found' || state === 'inactive' ? undefined : content
  const video = state === 'ready' && content !== undefined ? findPlayableVideo(content.videos) : undefined
  return {
    state,
    language: options.language,
    page_url: options.pageUrl,
    unique_id: shown?.content.uniqueId ?? null,
    title: options.branding?.heading ?? null,
    photo: shown === undefined ? null : presentPhoto(shown.content, options.files),
    target_url: state === 'ready' && shown?.content.targetKey != null ? mediaUrl(options.files, shown.content.targetKey) : null,
    video: video === undefined ? null : {
      id: video.id,
      url: mediaUrl(options.files, video.renditionKey),
      poster_url: video.posterKey === null ? null : mediaUrl(options.files, video.posterKey),
      width: video.width,
      height: video.height,
      mime_type: 'video/mp4',
      duration: video.durationMs === null ? null : video.durationMs / 1000,
    },
    branding: shown === undefined || options.branding === undefined ? null : presentBranding(options.branding, options.files),
    visits_url: '/api/viewer/visits',
    worker_url: options.workerUrl,
    words: wordsIn(options.language).viewer.browser,
  }
}

/** The page is always dark; a colour that would drown in it is made lighter. */
const pageGround = '#0e0f12'

function presentBranding(branding: Branding, files: string): NonNullable<ViewerManifest['branding']> {
  const { name, logo, accentColour, text } = branding
  const ground = accentColour === null ? null : standOut(accentColour, pageGround)
  return {
    name, text,
    logo: logo === null ? null : { url: mediaUrl(files, logo.key), width: logo.width, height: logo.height },
    accent: ground === null ? null : { ground, text: textOn(ground) },
  }
}

function presentPhoto(content: ContentRow, files: string): NonNullable<ViewerManifest['photo']> {
  const previews = presentPreviews(content.previews as never, files)
  const largest = previews.filter((preview) => preview.format === 'webp').at(-1)
  return {
    url: largest?.url ?? mediaUrl(files, `${content.photoSha256}/photo.${content.photoExtension}`),
    width: content.photoWidth,
    height: content.photoHeight,
    previews: previews.map(({ url, width, format }) => ({ url, width, format })),
    blur: content.blur,
  }
}
