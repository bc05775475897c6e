import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { Trx } from '../lib/db/db.ts'
import type { Job } from '../lib/queue/queue.ts'
import { limits } from '../limits.ts'
import {
  findLookAlikes, getPhotoOfContent, isStored, openPhoto, processPreviews, processScore, processTarget, processVideo, updatePreviews,
  updateScore, updateTarget, videoKeys,
} from '../media/media.ts'
import { batchJobName, runBatch } from './batches.ts'
import { findOrders, openAlbum } from './lookalikes.ts'
import * as queries from './queries.ts'
import type { JobKind } from './schema.ts'
import { OvertakenError, beginJob, finishJob, jobNames, requeueLostJobs, retryJobLater, updateJobProgress } from './tasks.ts'
import type { RunningJob } from './tasks.ts'

interface JobData {
  jobId: number
}

/** What a job's heavy part gets: where to work, how to tell progress, when to stop. */
export interface Work {
  folder: string
  onProgress: (fraction: number) => void
  signal: AbortSignal
}

type Outcome = (trx: Trx) => Promise<void>

export const contentJobs: Job<App, JobData>[] = [
  { name: jobNames.target, lane: 'photo', timeoutMs: limits.compileTimeoutMs + limits.photoCheckTimeoutMs, run: (app, data, signal) => runJob(app, data, signal, runTarget) },
  { name: jobNames.previews, lane: 'photo', timeoutMs: limits.previewsTimeoutMs, run: (app, data, signal) => runJob(app, data, signal, runPreviews) },
  { name: jobNames.video, lane: 'video', timeoutMs: limits.encodeTimeoutMs + limits.probeTimeoutMs, run: (app, data, signal) => runJob(app, data, signal, runVideo) },
  {
    name: jobNames.score, lane: 'score', timeoutMs: limits.photoCheckTimeoutMs + limits.scoreTimeoutMs + limits.lookAlikesTimeoutMs,
    run: (app, data, signal) => runJob(app, data, signal, runScore),
  },
  { name: batchJobName, lane: 'batch', timeoutMs: limits.batchTimeoutMs, run: async (app, data, signal) => await runBatch(app, data as never, signal) },
  {
    name: 'requeue-lost-jobs', lane: 'upkeep', timeoutMs: limits.databaseStatementTimeoutMs, schedule: { cron: '*/10 * * * *', missedMs: 0 },
    run: async (app) => {
      const lost = await requeueLostJobs(app.db)
      if (lost > 0) app.log.warn({ jobs: lost }, 'unfinished jobs had fallen out of the queue and were put back')
    },
  },
]

async function runTarget(app: App, job: RunningJob, work: Work): Promise<Outcome> {
  const photo = await getPhotoOfContent(app.db, job.arContentId)
  const target = await app.telemetry.operations.run('compile', async () => await processTarget(app.storage, photo, work))
  return async (trx) => {
    if (target !== undefined) await updateTarget(trx, photo.sha256, target)
    await queries.updateMarker(trx, job.arContentId, { status: 'ready', failure: null })
  }
}

async function runPreviews(app: App, job: RunningJob, work: Work): Promise<Outcome> {
  const photo = await getPhotoOfContent(app.db, job.arContentId)
  const previews = await app.telemetry.operations.run('previews', async () => await processPreviews(app.storage, photo, work))
  return async (trx) => {
    if (previews !== undefined) await updatePreviews(trx, photo.sha256, previews)
  }
}

async function runVideo(app: App, job: RunningJob, work: Work): Promise<Outcome> {
  const video = await queries.findVideo(app.db, job.videoId ?? 0)
  if (video === undefined) throw new AppError('not_found')
  const result = (await findMadeBefore(app, video)) ?? (await app.telemetry.operations.run('encode', async () => await processVideo(app, video, work)))
  return async (trx) => queries.updateVideo(trx, video.id, { status: 'ready', failure: null, ...result })
}

/** The same video in another order was encoded for it, too. */
async function findMadeBefore(app: App, video: { sourceSha256: string; sourceKey: string }) {
  const made = await queries.findEncoded(app.db, video.sourceSha256, videoKeys(video))
  return made !== undefined && (await isStored(app.storage, [made.renditionKey, made.posterKey])) ? made : undefined
}

/** Scoring is about the first half of the work in a small project. */
const scoreShare = 0.5

async function runScore(app: App, job: RunningJob, work: Work): Promise<Outcome> {
  const photo = await getPhotoOfContent(app.db, job.arContentId)
  const gray = await openPhoto(app.storage, photo, work.signal)
  const score = await app.telemetry.operations.run('score', async () => await processScore(app.storage, photo, gray, work.signal))
  work.onProgress(scoreShare)
  const album = await openAlbum(app.db, photo.projectId, { sha256: photo.sha256, exceptId: job.arContentId })
  const { found } = await app.telemetry.operations.run('look_alikes', async () => await findLookAlikes(app.storage, gray, album.others, {
    signal: work.signal, onProgress: (fraction) => work.onProgress(scoreShare + (1 - scoreShare) * fraction),
  }))
  return async (trx) => {
    if (score !== undefined) await updateScore(trx, photo.sha256, score)
    await queries.insertLookAlikes(trx, job.arContentId, findOrders(album, photo.sha256, found))
  }
}

/** Runs the heavy part of one job and writes what came of it, with the job's own end, in one transaction. */
async function runJob(app: App, { jobId }: JobData, signal: AbortSignal, run: (app: App, job: RunningJob, work: Work) => Promise<Outcome>): Promise<void> {
  const job = await beginJob(app.db, jobId)
  if (job === undefined) return
  const folder = await mkdtemp(path.join(app.storage.incoming, `job-${job.id}-`))
  try {
    const outcome = await run(app, job, { folder, onProgress: createProgressReporter(app, job), signal })
    await app.db.transaction().execute(async (trx) => {
      await outcome(trx)
      await queries.updateContentStatus(trx, job.arContentId)
      await finishJob(trx, job, { status: 'ready' })
    })
  } catch (error) {
    // Thrown on: the queue would take a normal end for the end of the run that is still going.
    if (error instanceof OvertakenError) throw error
    if (signal.aborted && (signal.reason as Error | undefined)?.name !== 'TimeoutError') throw error
    await handleFailure(app, job, error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What trying again cannot mend. */
const permanent: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'photo_no_texture', 'photo_too_small', 'photo_truncated', 'photo_unreadable', 'photo_wrong_kind', 'target_timed_out', 'score_timed_out',
  'video_truncated', 'video_unreadable', 'video_no_video_track', 'video_encoding_failed', 'video_encoding_timed_out',
])
const lastResort: Record<JobKind, ErrorCode> = {
  target: 'target_failed', previews: 'previews_failed', video: 'video_encoding_failed', score: 'score_failed',
}

/** What took too long once would again. */
const tooLong: Partial<Record<JobKind, ErrorCode>> = { target: 'target_timed_out', score: 'score_timed_out', video: 'video_encoding_timed_out' }

async function handleFailure(app: App, job: RunningJob, error: unknown): Promise<void> {
  const isTooLong = (error as Error | undefined)?.name === 'TimeoutError'
  const code = error instanceof AppError && permanent.has(error.code) ? error.code : isTooLong ? tooLong[job.kind] : undefined
  const givenUp = code !== undefined || job.failures + 1 >= limits.jobFailuresMax
  app.log[givenUp ? 'warn' : 'info']({ err: error, job: job.kind, content: job.arContentId, given_up: givenUp }, 'a job failed')
  // What the upload itself is to blame for, the studio is told; the rest is for us to mend.
  if (givenUp && code === undefined) app.telemetry.reportError(error, { job: job.kind, content: String(job.arContentId) })
  await app.db.transaction().execute(async (trx) => {
    if (!givenUp) return await retryJobLater(trx, job, 1000 * 2 ** (job.failures + 1))
    const failure = code ?? lastResort[job.kind]
    if (job.kind === 'target') await queries.failMarker(trx, job.arContentId, failure)
    if (job.kind === 'video' && job.videoId !== null) await queries.updateVideo(trx, job.videoId, { status: 'failed', failure })
    await queries.updateContentStatus(trx, job.arContentId)
    await finishJob(trx, job, { status: 'failed', failure })
  })
}

/** Writes progress down a few times a second at most, one write at a time, never backwards. */
function createProgressReporter(app: App, job: RunningJob): (fraction: number) => void {
  let writtenAt = 0
  let highest = 0
  let writing = false
  return (fraction) => {
    const now = Date.now()
    if (writing || fraction <= highest || now - writtenAt < limits.progressIntervalMs) return
    highest = Math.min(fraction, 0.99)
    writtenAt = now
    writing = true
    updateJobProgress(app.db, job, highest)
      .catch((error: unknown) => app.log.debug({ err: error }, 'progress was not written'))
      .finally(() => {
        writing = false
      })
  }
}
