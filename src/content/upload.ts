import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { invalidField } from '../lib/http/problems.ts'
import { receiveFile } from '../lib/storage/receive.ts'
import type { ReceivedFile } from '../lib/storage/receive.ts'
import { limits } from '../limits.ts'
import { checkPhoto, getVideoFacts } from '../media/media.ts'
import type { PhotoFacts, VideoFacts } from '../media/media.ts'
import { receiveField, receiveForm, receivePhotoFile, refuseFile } from './form.ts'
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

/**
 * Streams the form of `POST /api/ar-content` to disk and checks each file as soon as it is whole, so that a wrong photo
 * is told before the video has come. Whatever is wrong, no file stays behind.
 * Errors: those of the checks, `missing_field`, `unexpected_file`, `invalid_input`, `upload_aborted`, `storage_full`.
 */
export async function receiveContentUpload(app: Pick<App, 'storage' | 'programs' | 'cache'>, request: FastifyRequest): Promise<ContentUpload> {
  const form: Form = { fields: {} }
  const discard = await receiveForm(request, (part, keep, aborted) => receivePart(app, part, form, keep, aborted))
  try {
    return { ...checkForm(form), discard }
  } catch (error) {
    await discard()
    throw error
  }
}

type Form = { fields: Record<string, unknown>; photo?: ReceivedPhoto; video?: ReceivedVideo }

async function receivePart(
  app: Pick<App, 'storage' | 'programs' | 'cache'>, part: Multipart, form: Form, keep: (file: ReceivedFile) => void, aborted: AbortSignal,
): Promise<void> {
  if (part.type === 'field') return receiveField(part, form.fields)
  if (part.fieldname === 'photo_file' && form.photo === undefined) {
    const file = await receivePhotoFile(app, part, aborted)
    keep(file)
    form.photo = { ...file, facts: await checkPhoto(file.path) }
  } else if (part.fieldname === 'video_file' && form.video === undefined) {
    const file = await receiveFile(part.file, {
      folder: app.storage.incoming,
      bytesMax: limits.videoBytesMax,
      tooLarge: () => new AppError('video_too_large', { details: { limit: limits.videoBytesMax / 1024 ** 3 } }),
      signal: aborted,
    })
    keep(file)
    form.video = { ...file, facts: await getVideoFacts(app, file.path, file.sha256), fileName: part.filename ?? '' }
  } else {
    refuseFile(part)
  }
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
    throw invalidField(issue)
  }
  return { fields: parsed.data, photo: form.photo, video: form.video }
}
