import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import type { Reader } from '../companies/companies.ts'
import { AppError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import { enqueueJob } from '../lib/queue/queue.ts'
import { limits } from '../limits.ts'
import { forgetPreviews, forgetTarget, targetVersion } from '../media/media.ts'
import type { Language } from '../words/words.ts'
import * as queries from './batchqueries.ts'
import type { BatchItemRow } from './batchqueries.ts'
import { findContent, restartMarker } from './queries.ts'
import type { ContentRow } from './queries.ts'
import type { BatchAction, BatchView, PartStatus } from './schema.ts'
import { announceTask, overallStatus, presentFailure, startTaskLater } from './tasks.ts'

export const batchJobName = 'run-batch'

/** Notes what is asked for and queues it. Returns the id that a client follows it by. */
export async function startBatchLater(db: Db, reader: Reader, batch: { action: BatchAction; ids: readonly number[] }): Promise<string> {
  const id = randomUUID()
  await db.transaction().execute(async (trx) => {
    await queries.insertBatch(trx, { id, companyId: reader.companyId, action: batch.action, contentIds: [...new Set(batch.ids)] })
    await enqueueJob(trx, { name: batchJobName }, { batchId: id }, { key: `batch ${id}` })
  })
  return id
}

/** Sets about compiling again what another version of ARV compiled: its target files are not read by this one. Returns how many it found. */
export async function recompileOutdatedLater(db: Db): Promise<number> {
  const ids = await queries.selectOutdated(db, targetVersion, limits.outdatedTargetsMax)
  for (let from = 0; from < ids.length; from += limits.batchItemsMax) {
    await startBatchLater(db, { companyId: null }, { action: 'recompile', ids: ids.slice(from, from + limits.batchItemsMax) })
  }
  return ids.length
}

/** Does what an action does to one content, in `trx`. Returns the task that goes on with it, if there is one. */
type Verb = (trx: Trx, content: ContentRow) => Promise<string | undefined>

const verbs: Record<BatchAction, Verb> = {
  recompile: async (trx, content) => {
    await forgetTarget(trx, content.photoSha256)
    await restartMarker(trx, content.id)
    return await startTaskLater(trx, { companyId: content.companyId, contentId: content.id, jobs: [{ kind: 'target' }, { kind: 'score' }] })
  },
  previews: async (trx, content) => {
    await forgetPreviews(trx, content.photoSha256)
    return await startTaskLater(trx, { companyId: content.companyId, contentId: content.id, jobs: [{ kind: 'previews' }] })
  },
}

/** Each item in a transaction of its own: what is done stays done, and after a kill it goes on with the rest. */
export async function runBatch(app: Pick<App, 'db' | 'log'>, { batchId }: { batchId: string }, signal: AbortSignal): Promise<void> {
  const batch = await queries.findBatch(app.db, batchId)
  if (batch === undefined || batch.finishedAt !== null) return
  for (const item of await queries.selectPendingItems(app.db, batchId)) {
    signal.throwIfAborted()
    await runItem(app, batch, item)
  }
  await app.db.transaction().execute(async (trx) => {
    await queries.finishBatch(trx, batchId)
    await announceTask(trx, batchId)
  })
}

interface Batch {
  id: string
  companyId: number | null
  action: string
}

async function runItem({ db, log }: Pick<App, 'db' | 'log'>, batch: Batch, { position, arContentId }: { position: number; arContentId: number }): Promise<void> {
  const end = async (trx: Db, result: { status: 'ready' | 'failed'; failure?: ErrorCode; taskId?: string | undefined }) => {
    await queries.updateItem(trx, { batchId: batch.id, position }, result)
    await announceTask(trx, batch.id)
  }
  try {
    await db.transaction().execute(async (trx) => {
      const content = await findContent(trx, { id: arContentId })
      if (content === undefined || (batch.companyId !== null && batch.companyId !== content.companyId)) throw new AppError('not_found')
      await end(trx, { status: 'ready', taskId: await verbs[batch.action as BatchAction](trx, content) })
    })
  } catch (error) {
    if (!(error instanceof AppError)) log.error({ err: error, batch: batch.id, content: arContentId }, 'an item of a batch failed')
    await end(db, { status: 'failed', failure: error instanceof AppError ? error.code : 'internal' })
  }
}

/** Undefined when there is none of that id, or it is not the reader's. */
export async function findBatchView(db: Db, reader: Reader, id: string, language: Language): Promise<BatchView | undefined> {
  const batch = await queries.findBatch(db, id)
  if (batch === undefined || (reader.companyId !== null && reader.companyId !== batch.companyId)) return undefined
  const items = (await queries.selectItems(db, id)).map((row) => presentItem(row, language))
  return {
    id,
    action: batch.action as BatchAction,
    status: overallStatus(items.map((item) => item.status)),
    progress: items.reduce((sum, item) => sum + item.progress, 0) / Math.max(1, items.length),
    items,
    created_at: batch.createdAt.toISOString(),
    finished_at: batch.finishedAt?.toISOString() ?? null,
  }
}

/** An item that set a task in motion is as far as that is. */
function presentItem(row: BatchItemRow, language: Language): BatchView['items'][number] {
  const ofTask = row.taskStatuses !== null
  const status = ofTask ? overallStatus(row.taskStatuses as PartStatus[]) : (row.status as PartStatus)
  return {
    id: row.arContentId,
    status,
    progress: ofTask ? row.taskProgress ?? 0 : status === 'pending' ? 0 : 1,
    failure: presentFailure(row.failure ?? row.taskFailure, language),
    task_id: row.taskId,
  }
}

/** Everything whose moving on moves this on. */
export function listTaskIds(view: { id: string; items?: BatchView['items'] }): string[] {
  return [view.id, ...(view.items ?? []).flatMap((item) => item.task_id ?? [])]
}

