import { z } from 'zod'
import { limits } from '../limits.ts'

const milliseconds = z.number().int().min(0).max(limits.visitDurationMaxSeconds * 1000)

/** The viewer page's report of a visit; `viewer/contract.ts` is its type on the other side. */
export const visitReport = z.object({
  visit_id: z.uuid(),
  unique_id: z.uuid(),
  video_id: z.number().int().positive().nullable(),
  started_at: z.iso.datetime(),
  camera: z.enum(['granted', 'refused', 'absent']).nullable(),
  time_to_lock_ms: milliseconds.nullable(),
  lock_count: z.number().int().min(0).max(1_000_000),
  duration_ms: milliseconds,
  watched_ms: milliseconds,
  video_played: z.boolean(),
  watched_without_camera: z.boolean(),
  /** On the button over the video. */
  button_clicks: z.number().int().min(0).max(limits.buttonClicksMax).default(0),
})
export type VisitInput = z.infer<typeof visitReport>

const short = z.string().trim().max(limits.nameCharsMax).nullish().transform((value) => value || null)

export const appSessionBody = z.object({
  ar_content_unique_id: z.string().max(limits.nameCharsMax),
  session_id: z.uuid(),
  device_type: short,
  device_model: short,
  os: short,
  user_agent: z.string().max(limits.userAgentCharsMax).nullish(),
})
export const appSessionAnswer = z.object({ status: z.enum(['created', 'exists']), session_id: z.string() })

export const appAnalyticsBody = z.object({
  session_id: z.uuid(),
  duration_seconds: z.number().min(0).max(limits.visitDurationMaxSeconds).nullish(),
  video_played: z.boolean().nullish(),
  tracking_quality: short,
})
export const appAnalyticsAnswer = z.object({ status: z.literal('updated'), session_id: z.string() })
