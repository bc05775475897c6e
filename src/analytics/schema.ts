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

export const statisticsQuery = z.object({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  time_zone: z.string().max(limits.nameCharsMax).default('UTC'),
})
export type StatisticsQuery = z.infer<typeof statisticsQuery>

const count = z.number()
const share = z.number().nullable()

export const statisticsView = z.object({
  scope: z.enum(['platform', 'company', 'project', 'content']),
  scope_id: z.number().nullable(),
  from: z.string(),
  to: z.string(),
  time_zone: z.string(),
  step: z.enum(['hour', 'day', 'month']),
  as_of: z.string(),
  totals: z.object({ opened: count, from_apps: count, locks: count, clicks: count, without_camera: count, watched_seconds: count, seconds_to_lock: share, lock_rate: share }),
  funnel: z.object({ opened: count, camera_granted: count, locked: count, played: count, completed: count, clicked: count }),
  camera: z.object({ granted: count, refused: count, absent: count, not_asked: count }),
  lock_times: z.object({ under_1s: count, under_3s: count, under_10s: count, longer: count }),
  devices: z.object({ phone: count, tablet: count, desktop: count, other: count }),
  systems: z.object({ iOS: count, Android: count, Windows: count, macOS: count, Linux: count, other: count }),
  browsers: z.object({ Chrome: count, Safari: count, Firefox: count, Edge: count, Samsung: count, Yandex: count, other: count }),
  series: z.array(z.object({
    begins: z.string(), opened: count, camera_granted: count, camera_refused: count, locked: count, played: count, completed: count, clicks: count, watched_seconds: count,
  })),
  /** Seven weekdays from Monday, 24 hours each. */
  hours: z.array(z.array(count)),
  top: z.array(z.object({
    id: z.number(), order_number: z.string(), customer_name: z.string().nullable(), marker_score: z.number().nullable(), opened: count, played: count, lock_rate: share,
  })),
})
export type StatisticsView = z.infer<typeof statisticsView>
