import { z } from 'zod'
import { limits } from '../limits.ts'

/** The words of DESIGN: nothing stored yet → being worked on → target and video are there, or not. */
export const contentStatuses = ['pending', 'processing', 'ready', 'failed', 'archived'] as const
export type ContentStatus = (typeof contentStatuses)[number]
export const contentSorts = ['newest', 'oldest', 'order_number', 'customer_name'] as const
export type ContentSort = (typeof contentSorts)[number]
export const partStatuses = ['pending', 'processing', 'ready', 'failed'] as const
export type PartStatus = (typeof partStatuses)[number]
export const jobKinds = ['target', 'previews', 'video', 'score'] as const
export type JobKind = (typeof jobKinds)[number]

const text = (max: number) => z.string().trim().max(max)
const optionalText = (max: number) => text(max).transform((value) => value || null).nullish().transform((value) => value ?? null)
export const idParam = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)

/** The text fields of the multipart form of `POST /api/ar-content`. */
export const createContentFields = z.object({
  company_id: idParam,
  project_id: idParam,
  order_number: optionalText(limits.orderNumberCharsMax),
  customer_name: optionalText(limits.nameCharsMax),
  customer_phone: optionalText(limits.phoneCharsMax),
  customer_email: z.union([z.literal(''), z.email().max(limits.emailCharsMax)]).nullish().transform((value) => value || null),
  duration_years: z.union([z.literal(''), z.coerce.number().int().min(1).max(limits.durationYearsMax)]).nullish().transform((value) => value || null),
})
export type CreateContentFields = z.infer<typeof createContentFields>

/** Why something failed, in the reader's language. */
export const failureView = z.object({ code: z.string(), message: z.string() })

/** One job of a task as clients see it. `progress` is 0–1. */
export const jobView = z.object({
  id: z.number(),
  kind: z.enum(jobKinds),
  video_id: z.number().nullable(),
  status: z.enum(partStatuses),
  progress: z.number(),
  failure: failureView.nullable(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
})
export type JobView = z.infer<typeof jobView>

export const taskView = z.object({
  id: z.uuid(),
  ar_content_id: z.number(),
  status: z.enum(partStatuses),
  progress: z.number(),
  jobs: z.array(jobView),
  created_at: z.string(),
})
export type TaskView = z.infer<typeof taskView>

export const batchActions = ['recompile', 'previews'] as const
export type BatchAction = (typeof batchActions)[number]

/** The body of `POST /api/ar-content/batch`. */
export const batchBody = z.object({ action: z.enum(batchActions), ids: z.array(idParam).min(1).max(limits.batchItemsMax) })

/** One request for many contents; an item's `task_id` is what it set in motion. */
export const batchView = z.object({
  id: z.uuid(),
  action: z.enum(batchActions),
  status: z.enum(partStatuses),
  progress: z.number(),
  items: z.array(z.object({ id: z.number(), status: z.enum(partStatuses), progress: z.number(), failure: failureView.nullable(), task_id: z.uuid().nullable() })),
  created_at: z.string(),
  finished_at: z.string().nullable(),
})
export type BatchView = z.infer<typeof batchView>

export const videoView = z.object({
  id: z.number(),
  title: z.string(),
  status: z.enum(partStatuses),
  is_active: z.boolean(),
  video_url: z.string().nullable(),
  source_url: z.string(),
  thumbnail_url: z.string().nullable(),
  duration_seconds: z.number().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  size_bytes: z.number(),
  mime_type: z.string(),
  failure: failureView.nullable(),
  created_at: z.string(),
})
export type VideoView = z.infer<typeof videoView>

export const previewView = z.object({ width: z.number(), height: z.number(), format: z.enum(['webp', 'avif']), url: z.string() })
export type PreviewView = z.infer<typeof previewView>

export const scoreLevels = ['excellent', 'good', 'careful', 'poor'] as const
export type ScoreLevel = (typeof scoreLevels)[number]

/** What the score is made of. */
export const markerDetails = z.object({
  conditions: z.object({
    /** Where it still locked on simulated views; distances for a print of `print_…_cm`, null when it locked nowhere. */
    distance_min_cm: z.number().nullable(),
    distance_max_cm: z.number().nullable(),
    print_width_cm: z.number(),
    print_height_cm: z.number(),
    /** Smallest share of the camera picture's width, 0–1. */
    width_min: z.number(),
    tilt_max_degrees: z.number(),
    /** Lowest light, 0–1 of full. */
    light_min: z.number(),
  }),
  /** The same in words. */
  summary: z.string(),
  /** Which thirds of the photo carry no detail, in words. */
  plain: z.array(z.string()),
  /** Where the detail is: `values[row * columns + column]`, 0 (plain) to 255 (rich), rows from the top. */
  grid: z.object({ columns: z.number(), rows: z.number(), values: z.array(z.number()) }),
})
export type MarkerDetails = z.infer<typeof markerDetails>

/** Another order whose photo could be taken for this one. */
export const lookAlikeView = z.object({
  id: z.number(),
  order_number: z.string(),
  /** 0–1; 1 for the same file. */
  similarity: z.number(),
  photo_url: z.string(),
  photo_width: z.number(),
  photo_height: z.number(),
  photo_blur: z.string().nullable(),
  previews: z.array(previewView),
})
export type LookAlikeView = z.infer<typeof lookAlikeView>

/** What `POST /api/photo-checks` says of a photo before it is uploaded. */
export const photoCheckView = z.object({
  width: z.number(),
  height: z.number(),
  /** 0–100; 0 when a camera cannot recognise it at all, and `advice` says why. */
  score: z.number(),
  level: z.enum(scoreLevels),
  verdict: z.string(),
  advice: z.array(z.object({ code: z.string(), message: z.string() })),
  marker_details: markerDetails.nullable(),
  look_alikes: z.array(lookAlikeView),
  /** False when the project has more photos than there was time for; the job after the upload looks at all. */
  look_alikes_complete: z.boolean(),
})
export type PhotoCheckView = z.infer<typeof photoCheckView>

/** One AR content in full. URLs are absolute. */
export const contentView = z.object({
  id: z.number(),
  unique_id: z.uuid(),
  code: z.string(),
  order_number: z.string(),
  company_id: z.number(),
  company_name: z.string(),
  project_id: z.number(),
  project_name: z.string(),
  customer_name: z.string().nullable(),
  customer_phone: z.string().nullable(),
  customer_email: z.string().nullable(),
  duration_years: z.number().nullable(),
  expires_at: z.string().nullable(),
  status: z.enum(contentStatuses),
  failure: failureView.nullable(),
  marker_status: z.enum(partStatuses),
  /** 0–100, null until scored. */
  marker_score: z.number().nullable(),
  marker_advice: z.array(z.string()),
  marker_details: markerDetails.nullable(),
  look_alikes: z.array(lookAlikeView),
  public_link: z.string(),
  short_link: z.string(),
  qr_code_url: z.string(),
  /** A sentence when printing this code would be a mistake, e.g. because the address is only reachable here. */
  print_warning: z.string().nullable(),
  photo_url: z.string(),
  photo_width: z.number(),
  photo_height: z.number(),
  photo_blur: z.string().nullable(),
  video_url: z.string().nullable(),
  target_url: z.string().nullable(),
  previews: z.array(previewView),
  videos: z.array(videoView),
  task_id: z.uuid().nullable(),
  task: taskView.nullable(),
  created_at: z.string(),
})
export type ContentView = z.infer<typeof contentView>

/** One row of a list: what a card shows. */
export const contentListItem = contentView.pick({
  id: true, unique_id: true, code: true, order_number: true, company_id: true, company_name: true, project_id: true, project_name: true,
  customer_name: true, status: true, marker_score: true, short_link: true, photo_url: true, photo_width: true, photo_height: true,
  photo_blur: true, previews: true, expires_at: true, created_at: true,
}).extend({ progress: z.number() })
export type ContentListItem = z.infer<typeof contentListItem>
