import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { sql } from '../../src/lib/db/db.ts'
import type { Db } from '../../src/lib/db/db.ts'
import { waitFor } from '../factories.ts'
import { renditionFrames } from './orders.ts'

/** From now on the database writes down every time that a job ends. */
export async function countFinishes(db: Db): Promise<void> {
  await sql`create table crash_finishes (job_id bigint not null, status text not null)`.execute(db)
  await sql`create function note_finish() returns trigger language plpgsql as
    $$ begin insert into crash_finishes values (new.id, new.status); return null; end $$`.execute(db)
  await sql`create trigger note_finish after update of status on task_jobs for each row
    when (new.status in ('ready', 'failed')) execute function note_finish()`.execute(db)
}

/** Whether a job is being worked on that was begun since the last start (the database starts with the server). */
export async function isWorking(db: Db): Promise<boolean> {
  return (await count(sql<{ count: number }>`select count(*)::int as count from graphile_worker.jobs where locked_at > pg_postmaster_start_time()`, db)) > 0
}

/** Jobs that are still to do, and what the queue knows of each. */
export async function listUnfinished(db: Db): Promise<object[]> {
  const { rows } = await sql<object>`
    select j.id, j.kind, j.status, j.progress, j.failures, q.attempts, q.run_at, q.locked_at, q.locked_by, q.last_error
    from task_jobs j left join graphile_worker.jobs q on q.key = 'task job ' || j.id
    where j.status in ('pending', 'processing')`.execute(db.withoutPlugins())
  return rows
}

/** What is not as it must be once all jobs have ended, in words. */
export async function findProblems(db: Db, dataDir: string, acknowledged: string[]): Promise<string[]> {
  const incoming = path.join(dataDir, 'storage', 'incoming')
  const tidied = await Promise.all([
    waitFor('empty folders of incoming files', async () => await listIncoming(incoming), (names) => names.length === 0, 15_000).then(() => [], toWords),
    waitFor('an empty queue', async () => await count(sql<{ count: number }>`select count(*)::int as count from graphile_worker.jobs where key like 'task job %' or run_at <= now()`, db), (jobs) => jobs === 0, 15_000).then(() => [], toWords),
  ])
  return [...tidied.flat(), ...(await findProblemsOfContents(db, acknowledged)), ...(await findProblemsOfFiles(db, dataDir))]
}

/** Every process has a folder of its own in it. */
async function listIncoming(folder: string): Promise<string[]> {
  const owners = await readdir(folder)
  return (await Promise.all(owners.map(async (owner) => await readdir(path.join(folder, owner, 'files')).catch(() => [owner])))).flat()
}

interface ContentState {
  order_number: string
  status: string
  marker_status: string
  tasks: number
  videos: string
  jobs: string
  finishes: string
}

async function findProblemsOfContents(db: Db, acknowledged: string[]): Promise<string[]> {
  const { rows } = await sql<ContentState>`
    select c.order_number, c.status, c.marker_status,
      (select count(*)::int from tasks t where t.ar_content_id = c.id) as tasks,
      (select string_agg(v.status, ' ') from videos v where v.ar_content_id = c.id) as videos,
      (select string_agg(j.kind || ' ' || j.status, ', ' order by j.kind) from task_jobs j join tasks t on t.id = j.task_id where t.ar_content_id = c.id) as jobs,
      (select string_agg(j.kind || ' ' || f.status, ', ' order by j.kind) from crash_finishes f join task_jobs j on j.id = f.job_id
        join tasks t on t.id = j.task_id where t.ar_content_id = c.id) as finishes
    from ar_content c`.execute(db.withoutPlugins())
  const problems = rows.flatMap((row) => (isReadyOnce(row) ? [] : [`order ${row.order_number} is ${JSON.stringify(row)}`]))
  for (const order of acknowledged) {
    const found = rows.filter((row) => row.order_number === order).length
    if (found !== 1) problems.push(`order ${order} was acknowledged and is there ${found} times`)
  }
  return problems
}

function isReadyOnce({ status, marker_status, tasks, videos, jobs, finishes }: ContentState): boolean {
  const kinds = jobs.split(', ')
  const complete = ['previews', 'target', 'video'].every((kind) => kinds.includes(`${kind} ready`)) && kinds.every((job) => job.endsWith(' ready'))
  return complete && finishes === jobs && tasks === 1 && [status, marker_status, videos].every((part) => part === 'ready')
}

/** Every file that a row names is there, whole: sources by their hash, renditions by their frames, the rest by their size. */
async function findProblemsOfFiles(db: Db, dataDir: string): Promise<string[]> {
  const problems: string[] = []
  for (const key of await listSources(db)) {
    const bytes = await readFile(pathOf(dataDir, key)).catch(() => Buffer.alloc(0))
    if (createHash('sha256').update(bytes).digest('hex') !== key.split('/')[0]) problems.push(`${key} has other content than was uploaded`)
  }
  for (const { key, size } of await listDerived(db)) {
    const bytes = await readFile(pathOf(dataDir, key)).catch(() => Buffer.alloc(0))
    if (bytes.length === 0 || (size !== null && bytes.length !== size)) problems.push(`${key} has ${bytes.length} bytes instead of ${size ?? 'some'}`)
    else if (key.endsWith('.mp4') && (await countFrames(pathOf(dataDir, key))) !== renditionFrames) problems.push(`${key} has lost frames`)
  }
  return problems
}

/** Stored files that no row names. */
export async function listStrayFiles(db: Db, dataDir: string): Promise<string[]> {
  const known = new Set([...(await listSources(db)), ...(await listDerived(db)).map(({ key }) => key)])
  const files = path.join(dataDir, 'storage', 'files')
  const entries = await readdir(files, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(path.basename(entry.parentPath), entry.name)).filter((key) => !known.has(key))
}

async function listSources(db: Db): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    select sha256 || '/photo.' || extension as key from photos union select source_key from videos`.execute(db.withoutPlugins())
  return rows.map(({ key }) => key)
}

async function listDerived(db: Db): Promise<{ key: string; size: number | null }[]> {
  const { rows } = await sql<{ key: string; size: number | null }>`
    select coalesce(target_key, 'no target') as key, null::int as size from photos
    union select preview ->> 'key', (preview ->> 'bytes')::int from photos, jsonb_array_elements(previews) preview
    union select coalesce(rendition_key, 'no rendition'), size_bytes::int from videos
    union select coalesce(poster_key, 'no poster'), null from videos`.execute(db.withoutPlugins())
  return rows
}

async function countFrames(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-select_streams', 'v', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file])
  return Number.parseInt(stdout, 10)
}

function pathOf(dataDir: string, key: string): string {
  return path.join(dataDir, 'storage', 'files', key.slice(0, 2), key)
}

async function count(query: { execute(db: Db): Promise<{ rows: { count: number }[] }> }, db: Db): Promise<number> {
  return (await query.execute(db)).rows[0].count
}

function toWords(error: Error): string[] {
  return [error.message]
}
