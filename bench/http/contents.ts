import { connectDatabase, sql } from '../../src/lib/db/db.ts'
import { createStudio, upload, waitUntilProcessed } from '../../test/factories.ts'
import type { BenchServer } from '../load/server.ts'
import type { ContentView } from '../../src/content/schema.ts'

/** One order made as anybody makes it, and copies of its rows beside it: ids to ask for that were never asked for. */
export interface Contents {
  first: ContentView
  /** Of the copies. */
  uniqueIds: string[]
}

export async function createContents(server: BenchServer, databaseUrl: string, copies: number): Promise<Contents> {
  const studio = await createStudio(server as never)
  const { body } = await upload(server as never, studio)
  const first = await waitUntilProcessed(server as never, body.id)
  const database = connectDatabase(databaseUrl, { connectionsMax: 1 })
  try {
    await copyContent(database.db as never, body.id, copies)
    const { rows } = await sql<{ id: string }>`select unique_id id from ar_content where id <> ${body.id}::bigint order by id limit ${copies}`.execute(database.db)
    await sql`analyze`.execute(database.db)
    return { first, uniqueIds: rows.map(({ id }) => id) }
  } finally {
    await database.end()
  }
}

/** Every column but the keys is as in the original; of its videos too. */
async function copyContent(db: Parameters<ReturnType<typeof sql>['execute']>[0], id: number, copies: number): Promise<void> {
  await sql`create temporary table copied as select *, row_number() over () as number from (select c.* from ar_content c, generate_series(1, ${copies}::int) where c.id = ${id}::bigint)`.execute(db)
  await sql`update copied set id = nextval(pg_get_serial_sequence('ar_content', 'id')), unique_id = gen_random_uuid(), order_number = 'copy ' || number,
    code = substr(translate(md5(unique_id::text || number), '0', '1'), 1, 10)`.execute(db)
  const columns = async (table: string) => (await sql<{ list: string }>`select string_agg(quote_ident(column_name), ', ' order by ordinal_position) list
    from information_schema.columns where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER'`.execute(db)).rows[0].list
  const ofContent = sql.raw(await columns('ar_content'))
  await sql`insert into ar_content (${ofContent}) overriding system value select ${ofContent} from copied`.execute(db)
  const ofVideos = await columns('videos')
  const selected = sql.raw(ofVideos.split(', ').map((name) => (name === 'id' ? `nextval(pg_get_serial_sequence('videos', 'id'))` : name === 'ar_content_id' ? 'copied.id' : `v.${name}`)).join(', '))
  await sql`insert into videos (${sql.raw(ofVideos)}) overriding system value select ${selected} from copied join videos v on v.ar_content_id = ${id}::bigint`.execute(db)
}
