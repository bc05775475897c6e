import { sql } from '../lib/db/db.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import type { BatchAction } from './schema.ts'

export async function insertBatch(trx: Trx, batch: { id: string; companyId: number | null; action: BatchAction; contentIds: number[] }): Promise<void> {
  const { contentIds, ...row } = batch
  await trx.insertInto('batches').values(row).execute()
  await sql`insert into batch_items (batch_id, position, ar_content_id)
    select ${batch.id}::uuid, place, id from unnest(${contentIds}::bigint[]) with ordinality as asked (id, place)`.execute(trx)
}

/** One content of each photo whose target is of another version, newest first; none while a batch is still at work on them. */
export async function selectOutdated(db: Db, targetVersion: number, max: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select max(c.id) as id from photos p join ar_content c on c.photo_sha256 = p.sha256
    where p.target_version <> ${targetVersion}::int and not exists (select from batches b where b.action = 'recompile' and b.finished_at is null)
    group by p.sha256 order by 1 desc limit ${max}::int`.execute(db)
  return rows.map(({ id }) => Number(id))
}

export async function findBatch(db: Db, id: string) {
  return await db.selectFrom('batches').select(['id', 'companyId', 'action', 'createdAt', 'finishedAt']).where('id', '=', id).executeTakeFirst()
}

export async function selectPendingItems(db: Db, batchId: string) {
  return await db.selectFrom('batchItems').select(['position', 'arContentId']).where('batchId', '=', batchId).where('status', '=', 'pending').orderBy('position').execute()
}

export async function updateItem(db: Db, item: { batchId: string; position: number }, result: { status: 'ready' | 'failed'; failure?: string; taskId?: string | undefined }): Promise<void> {
  await db.updateTable('batchItems').set({ status: result.status, failure: result.failure ?? null, taskId: result.taskId ?? null })
    .where('batchId', '=', item.batchId).where('position', '=', item.position).execute()
}

export async function finishBatch(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('batches').set({ finishedAt: sql<Date>`now()` }).where('id', '=', id).execute()
}

export type BatchItemRow = Awaited<ReturnType<typeof selectItems>>[number]

/** In the order that was asked for, each with how far its task is. */
export async function selectItems(db: Db, batchId: string) {
  return await db
    .selectFrom('batchItems as i')
    .leftJoinLateral(
      (expression) => expression.selectFrom('taskJobs as j')
        .select([
          sql<string[] | null>`array_agg(j.status)`.as('taskStatuses'),
          sql<number | null>`avg(j.progress)::float8`.as('taskProgress'),
          sql<string | null>`min(j.failure)`.as('taskFailure'),
        ])
        .whereRef('j.taskId', '=', 'i.taskId').as('task'),
      (join) => join.onTrue(),
    )
    .select(['i.position', 'i.arContentId', 'i.status', 'i.failure', 'i.taskId', 'task.taskStatuses', 'task.taskProgress', 'task.taskFailure'])
    .where('i.batchId', '=', batchId)
    .orderBy('i.position')
    .execute()
}
