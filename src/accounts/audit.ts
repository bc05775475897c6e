import type { Db, Trx } from '../lib/db/db.ts'
import type { Page } from '../lib/http/pages.ts'
import { limits } from '../limits.ts'
import type { Words } from '../words/words.ts'
import { countAudit, insertAudit, selectAudit } from './audit/queries.ts'
import type { AuditFilter } from './audit/queries.ts'
import type { User } from './queries.ts'

/** What can happen to what; each has its words, so a new one without words does not compile. */
export type AuditAction = keyof Words['audit']['actions']
export type AuditKind = keyof Words['audit']['kinds']
type Value = string | number | boolean | null

export interface Change {
  /** Null: ARV itself. */
  by: Pick<User, 'id' | 'name'> | null
  /** Null: nothing of a company's. */
  companyId: number | null
  action: AuditAction
  kind: AuditKind
  id: number | string | null
  /** What it is called at this moment. No customer's name: the log outlives what is erased. */
  name: string
  /** Fields that changed. No secrets, no customers' data. */
  changes?: Record<string, { from: Value; to: Value }>
}

/** Notes who changed what, as part of the change's own transaction: both are there or neither. */
export async function noteChange(trx: Trx, change: Change): Promise<void> {
  await insertAudit(trx, {
    companyId: change.companyId,
    userId: change.by?.id ?? null,
    userName: change.by?.name ?? null,
    action: change.action,
    kind: change.kind,
    subjectId: change.id === null ? null : String(change.id),
    subjectName: change.name.slice(0, limits.nameCharsMax),
    changes: JSON.stringify(change.changes ?? {}),
  })
}

/** The fields of `after` that differ from `before`, as `noteChange` takes them. */
export function findChanges<T extends Record<string, Value | undefined>>(before: T, after: T): Record<string, { from: Value; to: Value }> {
  const names = Object.keys(after).filter((name) => after[name] !== undefined && after[name] !== before[name])
  return Object.fromEntries(names.map((name) => [name, { from: before[name] ?? null, to: after[name] ?? null }]))
}

export interface AuditEntry {
  id: number
  at: string
  company_id: number | null
  user_id: number | null
  user_name: string | null
  action: string
  kind: string
  subject_id: string | null
  subject_name: string
  changes: Record<string, { from: Value; to: Value }>
}

/** Newest first. People of a company see what happened in it, administrators everything. */
export async function listAudit(db: Db, reader: Pick<User, 'companyId'>, filter: AuditFilter, page: Page): Promise<{ items: AuditEntry[]; total: number }> {
  const own = reader.companyId === null ? filter : { ...filter, companyId: reader.companyId }
  const [rows, total] = await Promise.all([selectAudit(db, own, page), countAudit(db, own, limits.exactCountMax)])
  return { items: rows.map(presentEntry), total }
}

function presentEntry(row: Awaited<ReturnType<typeof selectAudit>>[number]): AuditEntry {
  return {
    id: row.id, at: row.at.toISOString(), company_id: row.companyId, user_id: row.userId, user_name: row.userName, action: row.action, kind: row.kind,
    subject_id: row.subjectId, subject_name: row.subjectName, changes: row.changes as AuditEntry['changes'],
  }
}
