import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { AppError } from '../../errors.ts'
import type { ErrorCode, ErrorDetails } from '../../errors.ts'
import { detailsOf } from './problems.ts'
import { OutsideTimeoutError, UnavailableError } from '../resilience/guard.ts'

interface HttpFailure {
  code?: string
  statusCode?: number
  message?: string
}

/** Turns whatever was thrown (by a schema, Fastify, multipart, the file system or us) into an AppError. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (hasZodFastifySchemaValidationErrors(thrown)) return fromValidation(thrown)
  if (thrown instanceof UnavailableError) return new AppError('overloaded', { cause: thrown, details: { seconds: Math.ceil(thrown.retryAfterMs / 1000) } })
  if (thrown instanceof OutsideTimeoutError) return new AppError('overloaded', { cause: thrown, details: { seconds: 5 }, report: true })
  const failure = (thrown ?? {}) as HttpFailure
  const known = knownFailures[failure.code ?? '']
  if (known !== undefined) return new AppError(known.code, { cause: thrown, details: known.details, report: known.code === 'storage_full' })
  // PostgreSQL's class 22, data exceptions: a NUL in a text, a date out of range. What came in was wrong, not we.
  if (/^22[0-9A-Z]{3}$/.test(failure.code ?? '')) return new AppError('invalid_input', { cause: thrown })
  if (failure.statusCode === 404) return new AppError('not_found')
  if (failure.statusCode !== undefined && failure.statusCode >= 400 && failure.statusCode < 500) {
    return new AppError('invalid_input', { cause: thrown })
  }
  return new AppError('internal', { cause: thrown })
}

const knownFailures: Record<string, { code: ErrorCode; details?: ErrorDetails } | undefined> = {
  FST_ERR_BAD_URL: { code: 'invalid_address' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'address_too_long' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_json' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_json' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', details: { expected: 'application/json' } },
  FST_INVALID_MULTIPART_CONTENT_TYPE: { code: 'unsupported_media_type', details: { expected: 'multipart/form-data' } },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'request_too_large' },
  FST_REQ_FILE_TOO_LARGE: { code: 'request_too_large' },
  FST_PARTS_LIMIT: { code: 'request_too_large' },
  FST_FILES_LIMIT: { code: 'request_too_large' },
  FST_FIELDS_LIMIT: { code: 'request_too_large' },
  ENOSPC: { code: 'storage_full' },
  EDQUOT: { code: 'storage_full' },
}

interface ValidationError {
  validation: { instancePath: string; message?: string | undefined; keyword?: string; params?: Record<string, unknown> }[]
  validationContext?: string | undefined
}

function fromValidation(error: ValidationError): AppError {
  const first = error.validation[0]
  const field = first.instancePath.replace(/^\//, '').replaceAll('/', '.')
  const problem = first.message ?? ''
  if (error.validationContext === 'params') return new AppError('invalid_id', { details: { field }, cause: error })
  if (/received undefined/i.test(problem)) return new AppError('missing_field', { details: { field }, cause: error })
  return new AppError('invalid_input', { details: detailsOf(field, first), cause: error })
}
