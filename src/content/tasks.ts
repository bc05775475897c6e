import { randomUUID } from 'node:crypto'
import { AppError } from '../errors.ts'
import { sql } from '../lib/db/db.ts'
import type { Db, Trx, UpdateOf } from '../lib/db/db.ts'
import { enqueueJob } from '../lib/queue/queue.ts'
import { errorWords } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import type { ErrorCode } from '../errors.ts'
import type { JobKind, PartStatus, TaskView } from './schema.ts'

/** The channel that tells every process whose task moved on; the payload is the task's id. */
export const taskChannel = 'task_progress'

export const jobNames: Record<JobKind, string> = {
  target: 'compile-target', previews: 'make-previews', video: 'encode-video', score: 'score-photo',
}
/** What begins only when something else is done, and is dropped when that fails. */
const beginsAfter: Partial<Record<JobKind, JobKind>> = { score: 'target' }

/** Writes a task with its jobs and queues them, all in `trx`. Returns the task's id. */
export async function startTaskLater(trx: Trx, options: { companyId: number; contentId: number; jobs: readonly { kind: JobKind; videoId?: number }[] }): Promise<string> {
  const taskId = randomUUID()
  await trx.insertInto('tasks').values({ id: taskId, companyId: options.companyId, arContentId: options.contentId }).execute()
  const rows = await trx
    .insertInto('taskJobs')
    .values(options.jobs.map((job) => ({ taskId, kind: job.kind, videoId: job.videoId ?? null })))
    .returning(['id', 'kind'])
    .execute()
  for (const row of rows.filter(({ kind }) => beginsAfter[kind] === undefined)) await queueJob(trx, row)
  return taskId
}

/** Of a row of task_jobs: what it begins after is still to be done, and will queue it. */
const waitsForAnother = sql.join(Object.entries(beginsAfter).map(([kind, before]) => sql`task_jobs.kind = ${kind} and exists (
  select from task_jobs b where b.task_id = task_jobs.task_id and b.kind = ${before} and b.status in ('pending', 'processing'))`), sql` or `)

/**
 * Queues again whatever is unfinished but waits in no queue. It should never find any; an order that stays "processing" for
 * ever would be worse than a look now and then. Returns how many it found.
 */
export async function requeueLostJobs(db: Db): Promise<number> {
  return await db.transaction().execute(async (trx) => {
    const lost = await trx
      .selectFrom('taskJobs')
      .select(['id', 'kind'])
      .where('status', 'in', ['pending', 'processing'])
      .where(sql<boolean>`not exists (select from graphile_worker.jobs q where q.key = 'task job ' || task_jobs.id)`)
      .where(sql<boolean>`not (${waitsForAnother})`)
      .forUpdate()
      .execute()
    for (const job of lost) await queueJob(trx, job)
    return lost.length
  })
}

/** Work on the same file takes turns, so that whoever comes second finds it done. */
async function queueJob(trx: Trx, job: { id: number; kind: JobKind }, options: { runAt?: Date } = {}): Promise<void> {
  const { sha256 } = await trx
    .selectFrom('taskJobs as j')
    .innerJoin('tasks as t', 't.id', 'j.taskId')
    .innerJoin('arContent as c', 'c.id', 't.arContentId')
    .leftJoin('videos as v', 'v.id', 'j.videoId')
    .select(sql<string>`coalesce(v.source_sha256, c.photo_sha256)`.as('sha256'))
    .where('j.id', '=', job.id)
    .executeTakeFirstOrThrow()
  await enqueueJob(trx, { name: jobNames[job.kind] }, { jobId: job.id }, { key: jobKey(job.id), turn: `${job.kind} ${sha256}`, ...options })
}

function jobKey(jobId: number): string {
  return `task job ${jobId}`
}

type TaskJobRow = Awaited<ReturnType<typeof selectTaskJobs>>[number]

async function selectTaskJobs(db: Db, taskId: string) {
  return await db
    .selectFrom('taskJobs')
    .select(['id', 'kind', 'videoId', 'status', 'progress', 'failure', 'startedAt', 'finishedAt'])
    .where('taskId', '=', taskId)
    .orderBy('id')
    .execute()
}

/** Errors: `not_found`, also for a task of a company that is not the reader's. */
export async function getTask(db: Db, reader: { companyId: number | null }, taskId: string, language: Language): Promise<TaskView> {
  const task = await db.selectFrom('tasks').select(['id', 'companyId', 'arContentId', 'createdAt']).where('id', '=', taskId).executeTakeFirst()
  if (task === undefined || (reader.companyId !== null && reader.companyId !== task.companyId)) throw new AppError('not_found')
  return presentTask(task, await selectTaskJobs(db, taskId), language)
}

export async function findLatestTask(db: Db, contentId: number, language: Language): Promise<TaskView | undefined> {
  const task = await db.selectFrom('tasks').select(['id', 'arContentId', 'createdAt']).where('arContentId', '=', contentId).orderBy('createdAt', 'desc').limit(1).executeTakeFirst()
  return task === undefined ? undefined : presentTask(task, await selectTaskJobs(db, task.id), language)
}

function presentTask(task: { id: string; arContentId: number; createdAt: Date }, jobs: TaskJobRow[], language: Language): TaskView {
  return {
    id: task.id,
    ar_content_id: task.arContentId,
    status: overallStatus(jobs.map((job) => job.status)),
    progress: jobs.reduce((sum, job) => sum + job.progress, 0) / Math.max(1, jobs.length),
    created_at: task.createdAt.toISOString(),
    jobs: jobs.map((job) => ({
      id: job.id,
      kind: job.kind,
      video_id: job.videoId,
      status: job.status,
      progress: job.progress,
      failure: presentFailure(job.failure, language),
      started_at: job.startedAt?.toISOString() ?? null,
      finished_at: job.finishedAt?.toISOString() ?? null,
    })),
  }
}

export function presentFailure(code: string | null, language: Language): { code: string; message: string } | null {
  return code === null ? null : { code, message: errorWords(language, code as ErrorCode) }
}

export function overallStatus(statuses: PartStatus[]): PartStatus {
  if (statuses.every((status) => status === 'ready')) return 'ready'
  if (statuses.every((status) => status === 'ready' || status === 'failed')) return 'failed'
  return statuses.every((status) => status === 'pending') ? 'pending' : 'processing'
}

/** Marks the job as begun. Undefined when it is done already or gone: then there is nothing to do. */
export async function beginJob(db: Db, jobId: number) {
  const job = await db
    .updateTable('taskJobs')
    .from('tasks')
    .set({ status: 'processing', runs: sql<number>`task_jobs.runs + 1`, startedAt: sql<Date>`coalesce(task_jobs.started_at, now())` })
    .whereRef('tasks.id', '=', 'taskJobs.taskId')
    .where('taskJobs.id', '=', jobId)
    .where('taskJobs.status', 'in', ['pending', 'processing'])
    .returning(['taskJobs.id', 'taskJobs.taskId', 'taskJobs.kind', 'taskJobs.videoId', 'taskJobs.runs', 'taskJobs.failures', 'tasks.arContentId'])
    .executeTakeFirst()
  if (job !== undefined) await announceTask(db, job.taskId)
  return job
}

export type RunningJob = NonNullable<Awaited<ReturnType<typeof beginJob>>>

export async function updateJobProgress(db: Db, job: RunningJob, progress: number): Promise<void> {
  await db.updateTable('taskJobs').set({ progress }).where('id', '=', job.id).where('runs', '=', job.runs).where('status', '=', 'processing').execute()
  await announceTask(db, job.taskId)
}

/** Another run of the same job has begun since; what this one did must not be written. */
export class OvertakenError extends Error {}

/** Ends the job in `trx`, beside the rows that its result changes. Errors: OvertakenError. */
export async function finishJob(trx: Trx, job: RunningJob, result: { status: 'ready' } | { status: 'failed'; failure: ErrorCode }): Promise<void> {
  await updateOwnRun(trx, job, { status: result.status, failure: result.status === 'failed' ? result.failure : null, progress: 1, finishedAt: sql<Date>`now()` })
  await releaseFollowers(trx, job, result.status)
  await announceTask(trx, job.taskId)
}

/** Lets begin what waited for this job, or drops it: a photo without a target is never scored. */
async function releaseFollowers(trx: Trx, job: RunningJob, status: 'ready' | 'failed'): Promise<void> {
  const kinds = (Object.keys(beginsAfter) as JobKind[]).filter((kind) => beginsAfter[kind] === job.kind)
  if (kinds.length === 0) return
  const followers = await trx
    .selectFrom('taskJobs')
    .select(['id', 'kind'])
    .where('taskId', '=', job.taskId)
    .where('kind', 'in', kinds)
    .where('status', '=', 'pending')
    .execute()
  for (const follower of followers) {
    if (status === 'ready') await queueJob(trx, follower)
    else await trx.deleteFrom('taskJobs').where('id', '=', follower.id).execute()
  }
}

export async function retryJobLater(trx: Trx, job: RunningJob, delayMs: number): Promise<void> {
  await updateOwnRun(trx, job, { failures: job.failures + 1, progress: 0, status: 'pending' })
  await queueJob(trx, job, { runAt: new Date(Date.now() + delayMs) })
  await announceTask(trx, job.taskId)
}

async function updateOwnRun(trx: Trx, job: RunningJob, values: UpdateOf<'taskJobs'>): Promise<void> {
  const row = await trx.updateTable('taskJobs').set(values).where('id', '=', job.id).where('runs', '=', job.runs).where('status', '=', 'processing').returning('id').executeTakeFirst()
  if (row === undefined) throw new OvertakenError(`job ${job.id} was begun again`)
}

/** Tells whoever follows this task, or batch, that it moved on. */
export async function announceTask(db: Db, taskId: string): Promise<void> {
  await sql`select pg_notify(${taskChannel}, ${taskId})`.execute(db)
}
