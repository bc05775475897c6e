import { rebuildRollups } from './analytics/rollups.ts'
import { sql } from './lib/db/db.ts'
import type { Db } from './lib/db/db.ts'

export interface SeedOptions {
  contents: number
  visits: number
  /** The visits lie in so many days before now. */
  days?: number
  onProgress?: (line: string) => void
}

const companies = 20
const projectsPerCompany = 5
const batchRows = 250_000

/**
 * Fills an empty or small database for trials: companies, projects, orders with a video each, and visits, with all counts. Rows come from
 * generate_series past triggers and most indexes, which are made anew at the end.
 */
export async function seed(db: Db, options: SeedOptions): Promise<void> {
  await db.connection().execute(async (connection) => {
    for (const setting of ['statement_timeout = 0', `work_mem = '128MB'`, `maintenance_work_mem = '256MB'`]) await sql.raw(`set ${setting}`).execute(connection)
    try {
      await fillTables(connection, options)
    } finally {
      for (const name of ['statement_timeout', 'work_mem', 'maintenance_work_mem']) await sql.raw(`reset ${name}`).execute(connection)
    }
  })
}

async function fillTables(db: Db, { contents, visits, days = 90, onProgress = () => {} }: SeedOptions): Promise<void> {
  const first = await insertStudios(db)
  onProgress(`${companies} companies, ${companies * projectsPerCompany} projects`)
  await withoutIndexes(db, 'ar_content', contents, async () => {
    for (let done = 0; done < contents; done += batchRows) {
      await insertOrders(db, first, done, Math.min(batchRows, contents - done))
      onProgress(`${Math.min(contents, done + batchRows)} orders`)
    }
  })
  await sql`select rebuild_content_blocks()`.execute(db)
  if (visits > 0) await insertVisits(db, visits, days, onProgress)
  await sql`analyze`.execute(db)
}

/** Returns the tag of this seed's names and the first of its project ids. */
async function insertStudios(db: Db): Promise<{ tag: string; projectId: number }> {
  const tag = Date.now().toString(36)
  await sql`
    insert into photos (sha256, mime_type, extension, size_bytes, width, height, score, blur, previews)
    select encode(sha256(${`photo ${tag}`}::bytea || int4send(i)), 'hex'), 'image/jpeg', 'jpg', 400000, 1600, 1200, 30 + i % 70, 'data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASo=',
      (select jsonb_agg(jsonb_build_object('key', 'seed/' || w || '.' || f, 'width', w, 'height', w * 3 / 4, 'format', f, 'bytes', w * 40))
        from unnest(array[160, 320, 640, 1280]) w cross join unnest(array['webp', 'avif']) f)
    from generate_series(1, 50) i`.execute(db)
  await sql`insert into companies (name, slug) select 'Studio ' || i, 'seed-' || ${tag}::text || '-' || i from generate_series(1, ${companies}::int) i`.execute(db)
  const { rows } = await sql<{ id: number }>`
    insert into projects (company_id, name, code) select c.id, 'Project ' || i, ${tag}::text || c.id || '-' || i
    from companies c cross join generate_series(1, ${projectsPerCompany}::int) i where c.slug like ${`seed-${tag}-%`} order by c.id, i returning id`.execute(db)
  return { tag, projectId: rows[0].id }
}

async function insertOrders(db: Db, { tag, projectId }: { tag: string; projectId: number }, done: number, count: number): Promise<void> {
  await sql`
    with made as (
      insert into ar_content (unique_id, code, company_id, project_id, order_number, customer_name, customer_phone, customer_email, status, photo_sha256, marker_status, created_at)
      select gen_random_uuid(), ${tag}::text || i, p.company_id, p.id, ${tag}::text || '-' || i,
        (array['Anna','Boris','Clara','David','Elena','Fedor','Greta','Henry','Irina','Jonas','Katya','Leo','Maria','Nikita','Olga','Pavel','Rosa','Sergey','Tanya','Victor'])[1 + (i * 7) % 20]
          || ' ' || (array['Adler','Belova','Carver','Dubov','Ermolaev','Fischer','Gromov','Hartmann','Ivanova','Jensen','Kuznetsova','Larsen','Morozov','Novak','Orlova','Petrov','Quinn','Romanova','Sokolov','Titova'])[1 + (i / 20) % 20]
          || substr(md5(i::text), 1, 4),
        '+7 9' || lpad((i::bigint * 7919 % 1000000000)::text, 9, '0'), 'customer' || i || '@example.com',
        case when i % 50 = 0 then 'failed' when i % 33 = 0 then 'archived' else 'ready' end, ph.sha256, 'ready', now() - (${done + count}::bigint - i) * interval '30 seconds'
      from generate_series(${done + 1}::int, ${done + count}::int) i
      join projects p on p.id = ${projectId}::bigint + i % ${companies * projectsPerCompany}::int
      join (select sha256, row_number() over (order by sha256) - 1 as n from photos where previews::text like '%seed/%') ph on ph.n = i % 50
      order by i returning id
    )
    insert into videos (ar_content_id, title, status, source_sha256, source_key, source_mime_type, source_size_bytes, rendition_key, duration_ms, width, height)
    select id, 'video', 'ready', repeat('b', 64), 'seed/video.mp4', 'video/mp4', 9000000, 'seed/video.mp4', 12000, 1280, 720 from made`.execute(db)
}

async function insertVisits(db: Db, visits: number, days: number, onProgress: (line: string) => void): Promise<void> {
  await sql`select ensure_visit_month(now() - d * interval '1 day') from generate_series(0, ${days}::int, 15) d`.execute(db)
  await sql`select ensure_visit_month(now() - ${days}::int * interval '1 day')`.execute(db)
  await sql`alter table visits disable trigger note_inserted`.execute(db)
  try {
    for (let done = 0; done < visits; done += batchRows) {
      const count = Math.min(batchRows, visits - done)
      // In the order of time, as they would have come. Some orders are seen far more than others.
      await sql`
        insert into visits (id, ar_content_id, company_id, project_id, source, started_at, camera, lock_count, time_to_lock_ms, duration_ms, watched_ms, video_played, completed,
          button_clicks, device_type, os, browser)
        select gen_random_uuid(), c.id, c.company_id, c.project_id, 'web', now() - ${days}::int * interval '1 day' * (1 - i::float8 / ${visits}::float8),
          case when i % 10 < 7 then 'granted' when i % 10 < 9 then 'refused' end, case when i % 10 < 6 then 1 + i % 4 else 0 end, case when i % 10 < 6 then 300 + i % 9000 end,
          1000 + i % 60000, i % 20000, i % 10 < 6, i % 10 < 3, case when i % 40 = 0 then 1 else 0 end,
          (array['phone','phone','phone','tablet','desktop'])[1 + i % 5], (array['iOS','Android','Android','iOS','Windows'])[1 + i % 5], (array['Safari','Chrome','Samsung','Safari','Edge'])[1 + i % 5]
        from (select i, floor(power(random(), 3) * (select count(*) from ar_content))::bigint as place from generate_series(${done + 1}::int, ${done + count}::int) i offset 0) g
        join (select id, company_id, project_id, row_number() over (order by id) - 1 as place from ar_content) c on c.place = g.place`.execute(db)
      onProgress(`${done + count} visits`)
    }
    await db.transaction().execute(async (trx) => {
      await rebuildRollups(trx)
    })
    onProgress('statistics counted')
  } finally {
    await sql`alter table visits enable trigger note_inserted`.execute(db)
  }
}

/** Runs `work` without the table's other indexes and triggers when many rows come, and makes them again. */
async function withoutIndexes(db: Db, table: string, rows: number, work: () => Promise<void>): Promise<void> {
  const name = sql.table(table)
  const { rows: indexes } = rows < 50_000 ? { rows: [] } : await sql<{ name: string; definition: string }>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
    where i.indrelid = ${table}::regclass and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`.execute(db)
  for (const index of indexes) await sql`drop index ${sql.raw(index.name)}`.execute(db)
  await sql`alter table ${name} disable trigger user`.execute(db)
  try {
    await work()
  } finally {
    await sql`alter table ${name} enable trigger user`.execute(db)
    for (const index of indexes) await sql.raw(index.definition).execute(db)
  }
}
