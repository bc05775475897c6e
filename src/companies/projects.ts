import { findChanges, noteChange } from '../accounts/accounts.ts'
import type { AuditEntry, User } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { createCode } from '../lib/code.ts'
import type { Db } from '../lib/db/db.ts'
import type { Page } from '../lib/http/pages.ts'
import type { Author, Reader } from './companies.ts'
import * as queries from './queries.ts'
import type { CompanyRow, ProjectFilter, ProjectRow } from './queries.ts'
import type { ProjectView, UpdateProject } from './schema.ts'

type Reading = Pick<App, 'db' | 'cache'>
type Filter = Omit<ProjectFilter, 'companyId'>

/** Errors: `not_found`, also for another company. */
export async function createProject(db: Db, reader: Reader, options: { companyId: number; name: string; publicUrl: string; author: Author }): Promise<ProjectView> {
  await getOwnCompany(db, reader, options.companyId)
  return await db.transaction().execute(async (trx) => {
    const row = await queries.insertProject(trx, { companyId: options.companyId, name: options.name, code: createCode() })
    await noteChange(trx, { by: options.author, companyId: options.companyId, action: 'created', kind: 'project', id: row.id, name: row.name })
    return presentProject(row, options.publicUrl)
  })
}

/** Errors: `not_found`, also for a project of another company; `edited_meanwhile` when somebody else was faster than `version`. */
export async function updateProject(db: Db, user: User, id: number, change: UpdateProject, publicUrl: string): Promise<ProjectView> {
  return await db.transaction().execute(async (trx) => {
    const before = await getOwnProject(trx, user, id)
    const { name = before.name, status = before.status } = change
    const after = await queries.updateProject(trx, id, change.version ?? before.version, { name, status })
    if (after === undefined) throw new AppError('edited_meanwhile', { details: { version: before.version } })
    await noteChange(trx, {
      by: user, companyId: after.companyId, action: describe(before.status, after.status), kind: 'project', id, name: after.name,
      changes: findChanges({ name: before.name, status: before.status }, { name, status }) as AuditEntry['changes'],
    })
    return presentProject(after, publicUrl)
  })
}

/** Errors: `not_found`, also for a project of a company that is not the reader's. */
export async function getProject(db: Db, reader: Reader, id: number, publicUrl: string): Promise<ProjectView> {
  return presentProject(await getOwnProject(db, reader, id), publicUrl)
}

export async function listProjects(
  { db, cache }: Reading, reader: Reader, companyId: number, page: Page, publicUrl: string, filter: Filter = {},
): Promise<{ items: ProjectView[]; total: number }> {
  const own = { companyId, ...filter }
  const compute = async () => {
    await getOwnCompany(db, reader, companyId)
    const items = await queries.selectProjects(db, own, page)
    return { items: items.map((project) => presentProject(project, publicUrl)), total: await queries.countProjects(db, own) }
  }
  if (filter.search !== undefined) return await compute()
  return await cache.get('lists', `projects ${reader.companyId} ${companyId} ${filter.status} ${page.limit} ${page.offset} ${publicUrl}`, {
    compute, tags: () => ['projects', `company:${companyId}`],
  })
}

export type ListedProject = ProjectView & { company_name: string; orders: number }

/** Projects of one company, or of all that the reader sees, with the number of their orders. */
export async function listAllProjects(db: Db, reader: Reader, filter: ProjectFilter, page: Page, publicUrl: string): Promise<{ items: ListedProject[]; total: number }> {
  const own = { ...filter, companyId: reader.companyId ?? filter.companyId }
  const [rows, total] = await Promise.all([queries.selectProjects(db, own, page), queries.countProjects(db, own)])
  return { items: rows.map((row) => ({ ...presentProject(row, publicUrl), company_name: row.companyName, orders: Number(row.orders) })), total }
}

/** The rows themselves. Errors: `not_found`, also for what is not the reader's. */
export async function getOwnCompany(db: Db, reader: Reader, id: number): Promise<CompanyRow> {
  const company = reader.companyId !== null && reader.companyId !== id ? undefined : await queries.findCompany(db, id)
  if (company === undefined) throw new AppError('not_found')
  return company
}

async function getOwnProject(db: Db, reader: Reader, id: number): Promise<ProjectRow> {
  const project = await queries.findProject(db, id)
  if (project === undefined || (reader.companyId !== null && project.companyId !== reader.companyId)) throw new AppError('not_found')
  return project
}

function describe(before: string, after: string): 'archived' | 'restored' | 'changed' {
  if (before === after) return 'changed'
  return after === 'archived' ? 'archived' : before === 'archived' ? 'restored' : 'changed'
}

function presentProject(row: ProjectRow, publicUrl: string): ProjectView {
  return { id: row.id, company_id: row.companyId, name: row.name, status: row.status, album_link: `${publicUrl}/p/${row.code}`, created_at: row.createdAt.toISOString(), version: row.version }
}
