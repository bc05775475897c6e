import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { toAppError } from '../lib/http/failures.ts'
import { limits } from '../limits.ts'

/** The one file of a multipart form, in the field `logo_file`. Errors: `missing_field`, `logo_too_large`, `upload_aborted`, `unsupported_media_type`. */
export async function receiveLogo(request: FastifyRequest): Promise<Uint8Array> {
  const tooLarge = () => new AppError('logo_too_large', { details: { field: 'logo_file', limit: limits.logoBytesMax / 1024 / 1024 } })
  // A sender that is still sending would never come to read our answer.
  const drain = () => void request.raw.unpipe().resume()
  if (Number(request.headers['content-length'] ?? 0) > limits.logoBytesMax * 2) {
    drain()
    throw tooLarge()
  }
  try {
    const part = await request.file({ limits: { fileSize: limits.logoBytesMax, files: 1 } })
    if (part?.fieldname !== 'logo_file') throw new AppError('missing_field', { details: { field: 'logo_file' } })
    const bytes = await part.toBuffer()
    if (part.file.truncated) throw tooLarge()
    if (bytes.length === 0) throw new AppError('missing_field', { details: { field: 'logo_file' } })
    return bytes
  } catch (error) {
    drain()
    throw toAppError(error)
  }
}
