import { z } from 'zod'

/** What the apps in the field read, to the letter; ours stand after `status`. */
export const appVideo = z.object({
  id: z.number(),
  title: z.string(),
  video_url: z.string(),
  thumbnail_url: z.string().nullable(),
  duration: z.number().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  mime_type: z.string(),
  selection_source: z.string(),
  schedule_id: z.number().nullable(),
  expires_in_days: z.number().nullable(),
  selected_at: z.string(),
})
export type AppVideo = z.infer<typeof appVideo>

export const activeVideo = appVideo.extend({
  preview_url: z.string().nullable(),
  is_active: z.boolean(),
  rotation_type: z.string(),
  subscription_end: z.string().nullable(),
  video_created_at: z.string(),
})

export const appManifest = z.object({
  manifest_version: z.literal('1'),
  unique_id: z.string(),
  order_number: z.string(),
  marker_image_url: z.string(),
  photo_url: z.string(),
  video: appVideo,
  expires_at: z.string().nullable(),
  status: z.string(),
  target_url: z.string(),
  photo_width: z.number(),
  photo_height: z.number(),
})
export type AppManifest = z.infer<typeof appManifest>

export const unavailableReasons = [
  'invalid_unique_id', 'not_found', 'subscription_expired', 'content_not_active', 'marker_image_not_available', 'marker_still_generating', 'no_playable_video',
] as const
export type UnavailableReason = (typeof unavailableReasons)[number]

export const checkAnswer = z.object({ content_available: z.boolean(), reason: z.enum(unavailableReasons).optional() })

/** One photo of an album; `state` says why it has no video. */
export const albumPhoto = z.object({
  id: z.string(),
  unique_id: z.string(),
  state: z.enum(['ready', 'expired', 'archived', 'preparing', 'no_video']),
  target_url: z.string(),
  width: z.number(),
  height: z.number(),
  video: z.object({
    id: z.number(), url: z.string(), poster_url: z.string().nullable(), width: z.number().nullable(), height: z.number().nullable(),
    mime_type: z.string(), duration: z.number().nullable(),
  }).nullable(),
})
export type AlbumPhotoAnswer = z.infer<typeof albumPhoto>

export const albumAnswer = z.object({ code: z.string(), name: z.string(), index_url: z.string().nullable(), photos: z.array(albumPhoto) })
export type AlbumAnswer = z.infer<typeof albumAnswer>

export const demoList = z.object({ demos: z.array(z.object({ unique_id: z.string(), title: z.string(), marker_image_url: z.string() })) })
