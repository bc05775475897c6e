import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { AppError } from '../../errors.ts'

interface HttpFailure {
  code?: string
  statusCode?: number
  message?: string
}

/** Turns whatever was thrown (by a schema, Fastify, multipart, the file system or us) into an AppError. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (hasZodFastifySchemaValidationErrors(thrown)) return fromValidation(thrown)
  const failure = (thrown ?? {}) as HttpFailure
  switch (failure.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new AppError('invalid_json', { cause: thrown })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return new AppError('unsupported_media_type', { cause: thrown, details: { expected: failure.code === 'FST_INVALID_MULTIPART_CONTENT_TYPE' ? 'multipart/form-data' : 'application/json' } })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
    case 'FST_PARTS_LIMIT':
    case 'FST_FILES_LIMIT':
    case 'FST_FIELDS_LIMIT':
      return new AppError('request_too_large', { cause: thrown })
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('storage_full', { cause: thrown, report: true })
  }
  if (failure.statusCode === 404) return new AppError('not_found')
  if (failure.statusCode !== undefined && failure.statusCode >= 400 && failure.statusCode < 500) {
    return new AppError('invalid_input', { cause: thrown, details: { problem: failure.message ?? '' } })
  }
  return new AppError('internal', { cause: thrown })
}

interface ValidationError {
  validation: { instancePath: string; message?: string | undefined }[]
  validationContext?: string | undefined
}

function fromValidation(error: ValidationError): AppError {
  const first = error.validation[0]
  const field = first.instancePath.replace(/^\//, '').replaceAll('/', '.')
  const problem = first.message ?? ''
  if (error.validationContext === 'params') return new AppError('invalid_id', { details: { id: field, field }, cause: error })
  if (/received undefined/i.test(problem)) return new AppError('missing_field', { details: { field }, cause: error })
  return new AppError('invalid_input', { details: { field, problem: field === '' ? problem : `${field}: ${problem}` }, cause: error })
}
