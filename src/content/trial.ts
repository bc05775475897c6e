import type { Multipart } from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { getProject } from '../companies/companies.ts'
import type { Reader } from '../companies/companies.ts'
import { AppError } from '../errors.ts'
import { invalidField } from '../lib/http/problems.ts'
import type { ReceivedFile } from '../lib/storage/receive.ts'
import { limits } from '../limits.ts'
import { checkPhoto, tryPhoto } from '../media/media.ts'
import { errorWords, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import { receiveField, receiveForm, receivePhotoFile, refuseFile } from './form.ts'
import { findOrders, openAlbum } from './lookalikes.ts'
import { adviceWords, presentLookAlike } from './present.ts'
import type { Addresses } from './present.ts'
import * as queries from './queries.ts'
import { idParam } from './schema.ts'
import type { PhotoCheckView } from './schema.ts'
import { presentMarkerDetails, scoreLevel } from './score.ts'

/** A photo that is only tried: `discard` removes it. */
export interface PhotoForTrial {
  photo: ReceivedFile & { width: number; height: number }
  projectId: number | null
  discard(): Promise<void>
}

const noOne = { others: [], orders: new Map<string, number[]>() }
let trialsOpen = 0

/**
 * Streams the form of `POST /api/photo-checks`. Errors: those of `checkPhoto` that its header and container tell, `missing_field`,
 * `unexpected_file`, `invalid_input`, `upload_aborted`, `overloaded`, `storage_full`.
 */
export async function receivePhotoForTrial(app: Pick<App, 'storage'>, request: FastifyRequest): Promise<PhotoForTrial> {
  const fields: Record<string, unknown> = {}
  let photo: PhotoForTrial['photo'] | undefined
  const discard = await receiveForm(request, async (part: Multipart, keep, aborted) => {
    if (part.type === 'field') return receiveField(part, fields)
    if (part.fieldname !== 'photo_file' || photo !== undefined) refuseFile(part)
    const file = await receivePhotoFile(app, part, aborted)
    keep(file)
    const { width, height } = await checkPhoto(file.path, { decode: false })
    photo = { ...file, width, height }
  })
  const projectId = z.union([z.literal('').transform(() => null), idParam]).optional().safeParse(fields.project_id)
  if (photo === undefined || !projectId.success) {
    await discard()
    throw photo === undefined ? new AppError('missing_field', { details: { field: 'photo_file' } })
      : invalidField({ code: 'invalid_type', path: ['project_id'], ...{ expected: 'int' } })
  }
  return { photo, projectId: projectId.data ?? null, discard }
}

/**
 * What would become of this photo: its score, and which of the project's photos it may be taken for. Nothing is kept.
 * Errors: `not_found` for a project that is not the reader's, `overloaded`, and those of `tryPhoto`.
 */
export async function checkPhotoForPrint(
  app: Pick<App, 'db' | 'storage'>, reader: Reader, { photo, projectId }: PhotoForTrial,
  options: { language: Language; addresses: Addresses; signal: AbortSignal },
): Promise<PhotoCheckView> {
  if (trialsOpen >= limits.photoTrialsMax) throw new AppError('overloaded', { details: { seconds: 10 } })
  trialsOpen++
  try {
    const { language, addresses, signal } = options
    if (projectId !== null) await getProject(app.db, reader, projectId, addresses.links)
    const album = projectId === null ? noOne : await openAlbum(app.db, projectId, { sha256: photo.sha256 })
    const trial = await tryPhoto(app.storage, photo.path, { sha256: photo.sha256, others: album.others, signal })
    const orders = findOrders(album, photo.sha256, trial.lookAlikes).slice(0, limits.lookAlikesMax)
    const pictures = await queries.selectPicturesOf(app.db, orders.map(({ id }) => id))
    const level = scoreLevel(trial.score?.score ?? 0)
    return {
      width: photo.width,
      height: photo.height,
      score: trial.score?.score ?? 0,
      level,
      verdict: wordsIn(language).scoreVerdicts[level],
      advice: trial.score?.advice.map((code) => ({ code, message: adviceWords(code, language) }))
        ?? [{ code: 'photo_no_texture', message: errorWords(language, 'photo_no_texture') }],
      marker_details: trial.score === undefined ? null : presentMarkerDetails(trial.score, photo, language),
      look_alikes: orders.flatMap(({ id, similarity }) =>
        pictures.filter((picture) => picture.id === id).map((picture) => presentLookAlike({ ...picture, similarity }, addresses.files))),
      look_alikes_complete: trial.isComplete,
    }
  } finally {
    trialsOpen--
  }
}

/** Fires when whoever asked went away before the answer: nobody waits for the work any more. */
export function watchForLeaving(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort(new AppError('upload_aborted'))
  })
  return controller.signal
}
