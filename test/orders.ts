import { sql } from '../src/lib/db/db.ts'
import type { Db } from '../src/lib/db/db.ts'
import { createStudio } from './factories.ts'
import type { World } from './world.ts'

export interface MadeOrder {
  id: number
  uniqueId: string
  companyId: number
  projectId: number
}

/** Ready orders written straight into the tables: for tests that need rows, not files. */
export async function createOrders(world: World, { count, ...given }: { count: number; companyId?: number; projectId?: number }): Promise<MadeOrder[]> {
  const { companyId, projectId } = given.companyId === undefined ? await createStudio(world, 'Rows') : { companyId: given.companyId, projectId: given.projectId! }
  return await insertReady(world.running.app.db, companyId, projectId, count)
}

/** The same in a database of its own, with company and project where there are none yet. Returns the links of all orders there. */
export async function insertOrders(db: Db, { count }: { count: number }): Promise<string[]> {
  if (count > 0) {
    const { rows } = await sql<{ companyId: number; id: number }>`
      with company as (insert into companies (name, slug) values ('Rows', 'rows') returning id)
      insert into projects (company_id, name, code) select id, 'Rows', 'rows' from company returning id, company_id`.execute(db)
    await insertReady(db, rows[0].companyId, rows[0].id, count)
  }
  return (await sql<{ uniqueId: string }>`select unique_id from ar_content order by id`.execute(db)).rows.map(({ uniqueId }) => uniqueId)
}

async function insertReady(db: Db, companyId: number, projectId: number, count: number): Promise<MadeOrder[]> {
  const { rows } = await sql<MadeOrder>`
    with photo as (
      insert into photos (sha256, mime_type, extension, size_bytes, width, height, score) values (repeat('a', 64), 'image/png', 'png', 1, 400, 300, 80)
      on conflict (sha256) do update set score = 80 returning sha256
    )
    insert into ar_content (unique_id, code, company_id, project_id, order_number, customer_name, status, photo_sha256, marker_status)
    select gen_random_uuid(), substr(md5(random()::text), 1, 10), ${companyId}, ${projectId}, 'R' || i, 'Customer ' || i, 'ready', photo.sha256, 'ready'
    from photo cross join generate_series(1, ${count}::int) i
    returning id, unique_id, company_id, project_id`.execute(db)
  return rows
}
