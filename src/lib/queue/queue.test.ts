import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { waitFor } from '../../../test/factories.ts'
import { testDatabase } from '../../../test/postgres.ts'
import type { TestDatabase } from '../../../test/postgres.ts'
import { connectDatabase, sql } from '../db/db.ts'
import type { Db } from '../db/db.ts'
import { createLog } from '../log.ts'
import { enqueueJob, migrateQueue, startWorkers } from './queue.ts'
import type { Job } from './queue.ts'

const log = createLog({ level: 'fatal', pretty: true })
let testDb: TestDatabase
before(async () => {
  testDb = await testDatabase()
  await migrateQueue(testDb.url, log)
})
after(async () => {
  await testDb.drop()
})

/** Workers with their own connections, as another process would have. `end` may be called twice. */
async function startProcess(context: TestContext, run: Job<null, never>['run']): Promise<{ db: Db; end(): Promise<void> }> {
  const database = connectDatabase(testDb.url)
  const jobs = [{ name: 'wait', lane: 'slow', timeoutMs: 60_000, run }]
  const workers = await startWorkers(null, { url: testDb.url, database, jobs, concurrency: { slow: 1 }, log, soleOwner: true })
  let ending: Promise<void> | undefined
  const end = () => (ending ??= workers.stop().then(() => database.end()))
  context.after(end)
  return { db: database.db, end }
}

async function listHolders(db: Db): Promise<(string | null)[]> {
  const { rows } = await sql<{ locked_by: string | null }>`select locked_by from graphile_worker.jobs`.execute(db.withoutPlugins())
  return rows.map((row) => row.locked_by)
}

test('a job stays with workers that live, and a stop gives it back to the others', async (context) => {
  let begun = 0
  const first = await startProcess(context, async (_app, _data, signal) => {
    begun++
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  })
  await enqueueJob(first.db, { name: 'wait' }, {})
  await waitFor('the beginning of the job', async () => begun, (count) => count === 1)
  const [holder] = await listHolders(first.db)
  let ended = 0
  const second = await startProcess(context, async () => {
    ended++
  })
  assert.deepEqual(await listHolders(second.db), [holder], 'the second looked for dead workers when it started')
  await first.end()
  assert.ok(!(await listHolders(second.db)).includes(holder), 'nobody has to wait until the first is taken for dead')
  await waitFor('the end of the job', async () => await listHolders(second.db), (holders) => holders.length === 0)
  assert.deepEqual([begun, ended], [1, 1])
})
