import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createStudio, upload, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { OvertakenError, beginJob, finishJob, retryJobLater } from './tasks.ts'
import type { RunningJob } from './tasks.ts'

let world: World
before(async () => {
  world = await startWorld()
})
after(async () => await world.stop())

test('of two runs of one job only the later one may end it, and an ended job is not begun again', async () => {
  const { db } = world.running.app
  const content = await waitUntilProcessed(world, (await upload(world, await createStudio(world))).body.id)
  const jobId = content.task?.jobs[0].id ?? 0
  await db.updateTable('taskJobs').set({ status: 'pending' }).where('id', '=', jobId).execute()
  const earlier = (await beginJob(db, jobId)) as RunningJob
  const later = (await beginJob(db, jobId)) as RunningJob
  const inTransaction = async (verb: (trx: Parameters<typeof finishJob>[0]) => Promise<void>) => await db.transaction().execute(verb)
  await assert.rejects(inTransaction(async (trx) => await finishJob(trx, earlier, { status: 'ready' })), OvertakenError)
  await assert.rejects(inTransaction(async (trx) => await retryJobLater(trx, earlier, 0)), OvertakenError)
  await inTransaction(async (trx) => await finishJob(trx, later, { status: 'ready' }))
  assert.equal(await beginJob(db, jobId), undefined)
})
