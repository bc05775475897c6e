import type { Db, Trx } from '../../lib/db/db.ts'
import { sql } from '../../lib/db/db.ts'

export interface AuditFilter {
  companyId?: number | undefined
  userId?: number | undefined
  kind?: string | undefined
  action?: string | undefined
  /** Part of a person's or a thing's name. */
  search?: string | undefined
  /** From the first moment of this day to the last of that, in UTC: `2026-03-05`. */
  from?: string | undefined
  to?: string | undefined
}

export interface NewAudit {
  companyId: number | null
  userId: number | null
  userName: string | null
  action: string
  kind: string
  subjectId: string | null
  subjectName: string
  /** JSON. */
  changes: string
}

export async function insertAudit(trx: Trx, entry: NewAudit): Promise<void> {
  await trx.insertInto('auditLog').values(entry).execute()
}

function filteredAudit(db: Db, filter: AuditFilter) {
  let query = db.selectFrom('auditLog')
  if (filter.companyId !== undefined) query = query.where('companyId', '=', filter.companyId)
  if (filter.userId !== undefined) query = query.where('userId', '=', filter.userId)
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
  if (filter.action !== undefined) query = query.where('action', '=', filter.action)
  if (filter.from !== undefined) query = query.where('at', '>=', sql<Date>`${filter.from}::date::timestamp at time zone 'UTC'`)
  if (filter.to !== undefined) query = query.where('at', '<', sql<Date>`(${filter.to}::date + 1)::timestamp at time zone 'UTC'`)
  if (filter.search !== undefined) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where((either) => either.or([either('userName', 'ilike', pattern), either('subjectName', 'ilike', pattern)]))
  }
  return query
}

export async function selectAudit(db: Db, filter: AuditFilter, page: { limit: number; offset: number }) {
  return await filteredAudit(db, filter)
    .select(['id', 'at', 'companyId', 'userId', 'userName', 'action', 'kind', 'subjectId', 'subjectName', 'changes'])
    .orderBy('at', 'desc').orderBy('id', 'desc').limit(page.limit).offset(page.offset).execute()
}

/** Counts up to `max` + 1 rows, so that a long log costs no more than a short one. */
export async function countAudit(db: Db, filter: AuditFilter, max: number): Promise<number> {
  const rows = filteredAudit(db, filter).select(sql<number>`1`.as('one')).limit(max + 1)
  const counted = await db.selectFrom(rows.as('rows')).select((expression) => expression.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return Number(counted.total)
}
