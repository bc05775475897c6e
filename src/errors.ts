/**
 * Everything that can go wrong and be told, with its HTTP status. The words for people stand in `words/`, one
 * sentence per code and language, so a code without words does not compile.
 */
export const errorStatuses = {
  // the request itself
  invalid_request: 400,
  invalid_address: 400,
  address_too_long: 414,
  headers_too_large: 431,
  request_timed_out: 408,
  method_not_allowed: 405,
  invalid_input: 400,
  invalid_json: 400,
  invalid_id: 400,
  missing_field: 400,
  unexpected_file: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  two_factor_required: 401,
  invalid_code: 401,
  too_many_attempts: 429,
  too_many_requests: 429,
  forbidden: 403,
  token_scope: 403,
  company_inactive: 403,
  wrong_password: 403,
  forbidden_origin: 403,
  not_found: 404,
  link_ended: 410,
  unsupported_media_type: 415,
  upload_aborted: 400,
  request_too_large: 413,
  // what may be uploaded
  file_empty: 400,
  photo_too_large: 413,
  photo_too_many_pixels: 422,
  photo_too_small: 422,
  photo_wrong_kind: 415,
  photo_truncated: 422,
  photo_unreadable: 422,
  video_too_large: 413,
  video_wrong_kind: 415,
  video_no_video_track: 422,
  video_truncated: 422,
  video_unreadable: 422,
  video_too_long: 422,
  video_too_many_pixels: 422,
  project_not_in_company: 422,
  order_number_taken: 409,
  // people and companies
  two_factor_on: 409,
  two_factor_off: 409,
  too_many_tokens: 409,
  own_account: 409,
  role_of_platform: 409,
  email_taken: 409,
  slug_taken: 409,
  edited_meanwhile: 409,
  project_archived: 409,
  mail_not_configured: 409,
  logo_too_large: 413,
  logo_unreadable: 422,
  // why processing ended as failed
  photo_no_texture: 422,
  target_timed_out: 422,
  target_failed: 422,
  score_timed_out: 422,
  score_failed: 422,
  video_encoding_failed: 422,
  video_encoding_timed_out: 422,
  previews_failed: 422,
  // guests
  not_ready: 400,
  no_playable_video: 400,
  subscription_expired: 403,
  // operators
  profiling_busy: 409,
  heap_too_large: 422,
  // us
  storage_full: 507,
  storage_unavailable: 503,
  overloaded: 503,
  not_ready_yet: 503,
  internal: 500,
} as const

export type ErrorCode = keyof typeof errorStatuses

/** Values that fill the placeholders of an error's words, and that clients may read. */
export type ErrorDetails = Record<string, string | number | boolean | null | undefined | readonly unknown[]>

/**
 * The one error that code throws on purpose. `code` chooses status and words; `details` fill the placeholders
 * and go to the client; `cause` stays in the log. `report` says whether operators should hear of it (5xx do).
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly details: ErrorDetails | undefined
  readonly report: boolean

  constructor(code: ErrorCode, options: { details?: ErrorDetails; cause?: unknown; report?: boolean } = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = errorStatuses[code]
    this.details = options.details
    this.report = options.report ?? this.status === 500
  }
}
