import { rm } from 'node:fs/promises'
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { toAppError } from '../lib/http/failures.ts'
import { receiveFile } from '../lib/storage/receive.ts'
import type { ReceivedFile } from '../lib/storage/receive.ts'
import { limits } from '../limits.ts'

/** What takes one part of a form; `keep` is told of every file that it wrote. */
export type ReceivePart = (part: Multipart, keep: (file: ReceivedFile) => void, aborted: AbortSignal) => Promise<void>

/** Each holds a connection, a file and a check that decodes pictures: more at once would only be slower for all. */
let uploadsRunning = 0

/**
 * Streams a multipart form part by part, in the order of sending. Returns how to remove the files it wrote; when it
 * throws, they are removed. Errors: what `receivePart` throws, `overloaded`, `upload_aborted`, `request_too_large`.
 */
export async function receiveForm(request: FastifyRequest, receivePart: ReceivePart): Promise<() => Promise<void>> {
  if (uploadsRunning >= limits.uploadsConcurrentMax) {
    drain(request)
    throw new AppError('overloaded', { details: { seconds: 30 } })
  }
  uploadsRunning++
  const aborted = watchForAbort(request)
  const files: ReceivedFile[] = []
  const discard = async () => {
    await Promise.all(files.map((file) => rm(file.path, { force: true })))
  }
  try {
    for await (const part of request.parts()) await receivePart(part, (file) => files.push(file), aborted)
    return discard
  } catch (error) {
    drain(request)
    await discard()
    const brokeOff = error instanceof Error && /unexpected end of|premature close|boundary not found|malformed part/i.test(error.message)
    throw aborted.aborted || brokeOff ? new AppError('upload_aborted', { cause: error }) : toAppError(error)
  } finally {
    uploadsRunning--
  }
}

/** Notes a text field. */
export function receiveField(part: Extract<Multipart, { type: 'field' }>, fields: Record<string, unknown>): void {
  if (part.valueTruncated || part.fieldnameTruncated) throw new AppError('request_too_large', { details: { field: part.fieldname } })
  fields[part.fieldname] = part.value
}

export async function receivePhotoFile(app: Pick<App, 'storage'>, part: MultipartFile, aborted: AbortSignal): Promise<ReceivedFile> {
  return await receiveFile(part.file, {
    folder: app.storage.incoming,
    bytesMax: limits.photoBytesMax,
    tooLarge: () => new AppError('photo_too_large', { details: { limit: limits.photoBytesMax / 1024 / 1024 } }),
    signal: aborted,
  })
}

/** A file in a field that takes none, or a second one. */
export function refuseFile(part: MultipartFile): never {
  part.file.resume()
  throw new AppError('unexpected_file', { details: { field: part.fieldname } })
}

/** Reads the rest and drops it: a sender that is still sending would otherwise never come to read our answer. */
function drain(request: FastifyRequest): void {
  request.raw.unpipe()
  request.raw.resume()
}

/** Fires when the sender goes away or sends nothing for a while. */
function watchForAbort(request: FastifyRequest): AbortSignal {
  const controller = new AbortController()
  const { raw } = request
  const { socket } = raw
  const abort = () => {
    if (!raw.complete) controller.abort(new Error('the sender went away'))
  }
  const abortIdle = () => {
    abort()
    socket.destroy()
  }
  socket.setTimeout(limits.uploadIdleTimeoutMs)
  socket.once('timeout', abortIdle)
  raw.once('close', () => {
    socket.setTimeout(0)
    socket.off('timeout', abortIdle)
    abort()
  })
  return controller.signal
}
