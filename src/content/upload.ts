import { rm } from 'node:fs/promises'
import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { toAppError } from '../lib/http/failures.ts'
import { receiveFile } from '../lib/storage/receive.ts'
import type { ReceivedFile } from '../lib/storage/receive.ts'
import { limits } from '../limits.ts'
import { checkPhoto, getVideoFacts } from '../media/media.ts'
import type { PhotoFacts, VideoFacts } from '../media/media.ts'
import { createContentFields } from './schema.ts'
import type { CreateContentFields } from './schema.ts'

export interface ReceivedPhoto extends ReceivedFile {
  facts: PhotoFacts
}
export interface ReceivedVideo extends ReceivedFile {
  facts: VideoFacts
  fileName: string
}

/** A whole, checked form; its files lie in `storage.incoming` until they are adopted or discarded. */
export interface ContentUpload {
  fields: CreateContentFields
  photo: ReceivedPhoto
  video: ReceivedVideo
  discard(): Promise<void>
}

const mebibyte = 1024 * 1024

/** Each holds a connection, a file and a check that decodes pictures: more at once would only be slower for all. */
let uploadsRunning = 0

/**
 * Streams the form of `POST /api/ar-content` to disk and checks each file as soon as it is whole, so that a wrong photo
 * is told before the video has come. Whatever is wrong, no file stays behind.
 * Errors: those of the checks, `missing_field`, `unexpected_file`, `invalid_input`, `upload_aborted`, `storage_full`.
 */
export async function receiveContentUpload(app: Pick<App, 'storage' | 'programs' | 'cache'>, request: FastifyRequest): Promise<ContentUpload> {
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
    const form: Form = { fields: {} }
    for await (const part of request.parts()) await receivePart(app, part, form, files, aborted)
    return { ...checkForm(form), discard }
  } catch (error) {
    drain(request)
    await discard()
    if (aborted.aborted) throw new AppError('upload_aborted', { cause: error })
    if (error instanceof Error && /unexpected end of (form|file)|premature close/i.test(error.message)) throw new AppError('upload_aborted', { cause: error })
    throw toAppError(error)
  } finally {
    uploadsRunning--
  }
}

type Form = { fields: Record<string, unknown>; photo?: ReceivedPhoto; video?: ReceivedVideo }

async function receivePart(app: Pick<App, 'storage' | 'programs' | 'cache'>, part: Multipart, form: Form, files: ReceivedFile[], aborted: AbortSignal): Promise<void> {
  if (part.type === 'field') {
    if (part.valueTruncated || part.fieldnameTruncated) throw new AppError('request_too_large', { details: { field: part.fieldname } })
    form.fields[part.fieldname] = part.value
    return
  }
  // A sender who leaves makes multipart fail this stream, whoever listens by then; unheard, that would end the server.
  part.file.on('error', () => {})
  if (part.fieldname === 'photo_file' && form.photo === undefined) {
    const file = await receivePhotoFile(app, part, aborted)
    files.push(file)
    form.photo = { ...file, facts: await checkPhoto(file.path) }
  } else if (part.fieldname === 'video_file' && form.video === undefined) {
    const file = await receiveFile(part.file, {
      folder: app.storage.incoming,
      bytesMax: limits.videoBytesMax,
      tooLarge: () => new AppError('video_too_large', { details: { limit: limits.videoBytesMax / mebibyte / 1024 } }),
      signal: aborted,
    })
    files.push(file)
    form.video = { ...file, facts: await getVideoFacts(app, file.path, file.sha256), fileName: part.filename ?? '' }
  } else {
    part.file.resume()
    throw new AppError('unexpected_file', { details: { field: part.fieldname } })
  }
}

async function receivePhotoFile(app: Pick<App, 'storage'>, part: MultipartFile, aborted: AbortSignal): Promise<ReceivedFile> {
  return await receiveFile(part.file, {
    folder: app.storage.incoming,
    bytesMax: limits.photoBytesMax,
    tooLarge: () => new AppError('photo_too_large', { details: { limit: limits.photoBytesMax / mebibyte } }),
    signal: aborted,
  })
}

function checkForm(form: Form): Pick<ContentUpload, 'fields' | 'photo' | 'video'> {
  for (const field of ['company_id', 'project_id']) {
    if (form.fields[field] === undefined || form.fields[field] === '') throw new AppError('missing_field', { details: { field } })
  }
  if (form.photo === undefined) throw new AppError('missing_field', { details: { field: 'photo_file' } })
  if (form.video === undefined) throw new AppError('missing_field', { details: { field: 'video_file' } })
  const parsed = createContentFields.safeParse(form.fields)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError('invalid_input', { details: { field: issue.path.join('.'), problem: `${issue.path.join('.')}: ${issue.message}` } })
  }
  return { fields: parsed.data, photo: form.photo, video: form.video }
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
