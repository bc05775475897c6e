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

test('a scheduled job runs once each time, however many processes there are, also what was missed', async (context) => {
  const runs: string[] = []
  const job: Job<null, never> = {
    name: 'tick', lane: 'slow', timeoutMs: 60_000, schedule: { cron: '* * * * *', missedMs: 600_000 },
    run: async (_app, data: { _cron: { ts: string } }) => void runs.push(data._cron.ts),
  }
  const database = connectDatabase(testDb.url)
  context.after(async () => await database.end())
  // As if all processes had been away for some minutes.
  await sql`insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
    values ('tick', now() - interval '1 hour', date_trunc('minute', now()) - interval '4 minutes')`.execute(database.db.withoutPlugins())
  const workers = await Promise.all([1, 2, 3].map(async () => {
    const own = connectDatabase(testDb.url)
    const started = await startWorkers(null, { url: testDb.url, database: own, jobs: [job], concurrency: { slow: 1 }, log, soleOwner: false })
    return async () => await started.stop().then(() => own.end())
  }))
  context.after(async () => void (await Promise.all(workers.map(async (stop) => await stop()))))
  const counted = async () => (await sql<{ minutes: number }>`select (extract(epoch from last_execution - date_trunc('minute', now())) / 60 + 4)::int as minutes
    from graphile_worker._private_known_crontabs where identifier = 'tick'`.execute(database.db.withoutPlugins())).rows[0].minutes
  const due = await waitFor('the schedule to be caught up with', counted, (minutes) => minutes >= 4)
  await waitFor('all runs', async () => runs.length, (count) => count >= 1)
  await waitFor('the end of the queue', async () => await sql`select id from graphile_worker.jobs`.execute(database.db), ({ rows }) => rows.length === 0)
  assert.equal(new Set(runs).size, runs.length, `a time came twice: ${runs.join()}`)
  assert.ok(runs.length <= due, `${runs.length} runs in ${due} minutes`)
})

test('jobs of one turn never run at the same time, others do', async (context) => {
  let running = 0
  let most = 0
  let together = 0
  const database = connectDatabase(testDb.url)
  const run = async (_app: null, { turn }: { turn?: string }) => {
    running++
    if (turn === undefined) together = Math.max(together, running)
    else most = Math.max(most, ++inTurn)
    await new Promise((resolve) => setTimeout(resolve, 30))
    if (turn !== undefined) inTurn--
    running--
  }
  let inTurn = 0
  for (let index = 0; index < 8; index++) {
    await enqueueJob(database.db, { name: 'paced' }, { turn: 'same' }, { turn: 'same' })
    await enqueueJob(database.db, { name: 'paced' }, {})
  }
  const workers = await startWorkers(null, { url: testDb.url, database, jobs: [{ name: 'paced', lane: 'slow', timeoutMs: 60_000, run }], concurrency: { slow: 4 }, log, soleOwner: false })
  context.after(async () => await workers.stop().then(() => database.end()))
  await waitFor('the end of the queue', async () => await sql`select id from graphile_worker.jobs`.execute(database.db), ({ rows }) => rows.length === 0)
  assert.equal(most, 1)
  assert.ok(together > 1, 'nothing ran beside anything')
})
