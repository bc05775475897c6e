import { findChanges, noteChange } from '../accounts/accounts.ts'
import type { User } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { createCode } from '../lib/code.ts'
import { isUniqueViolation } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import type { Page } from '../lib/http/pages.ts'
import { limits } from '../limits.ts'
import { presentCompany, toColumns } from './present.ts'
import { getOwnCompany } from './projects.ts'
import * as queries from './queries.ts'
import type { CompanyView, CreateCompany, UpdateCompany } from './schema.ts'

export { findBranding, removeLogo, setLogo } from './branding.ts'
export type { Branding } from './branding.ts'
export { createProject, getProject, listAllProjects, listProjects, updateProject } from './projects.ts'
export type { ListedProject } from './projects.ts'

type Reading = Pick<App, 'db' | 'cache'>

/** Who asks: the platform's administrators see every company, everybody else their own. */
export interface Reader {
  companyId: number | null
}

/** Who makes a change, for the audit log; null is ARV itself. */
export type Author = Pick<User, 'id' | 'name'> | null

/** Errors: `slug_taken`, when the slug was given. */
export async function createCompany(db: Db, author: Author, options: CreateCompany): Promise<CompanyView> {
  const base = options.slug ?? slugify(options.name)
  for (let attempt = 0; ; attempt++) {
    // A taken slug gets a random tail; names need not be unique, two studios may share one.
    const slug = attempt === 0 ? base : `${base}-${createCode(4).toLowerCase()}`
    try {
      return await db.transaction().execute(async (trx) => {
        const row = await queries.insertCompany(trx, { ...toColumns(options), name: options.name, slug, contactEmail: options.contact_email ?? null })
        await noteChange(trx, { by: author, companyId: row.id, action: 'created', kind: 'company', id: row.id, name: row.name })
        return presentCompany(row)
      })
    } catch (error) {
      if (isUniqueViolation(error) && options.slug !== undefined) throw new AppError('slug_taken', { details: { field: 'slug', slug }, cause: error })
      if (!isUniqueViolation(error) || attempt >= 5) throw error
    }
  }
}

/**
 * Changes what is given. Whether a company is open, and its slug, is the administrators' matter. Errors: `not_found`, also for another
 * company; `forbidden`; `slug_taken`; `edited_meanwhile` when somebody else was faster than `version`.
 */
export async function updateCompany(db: Db, user: User, id: number, change: UpdateCompany): Promise<CompanyView> {
  try {
    return await db.transaction().execute(async (trx) => {
      const before = await getOwnCompany(trx, user, id)
      const { version, ...fields } = change
      const touchesPlatform = (fields.status ?? before.status) !== before.status || (fields.slug ?? before.slug) !== before.slug
      if (touchesPlatform && user.companyId !== null) throw new AppError('forbidden')
      const columns = toColumns(fields)
      const after = await queries.updateCompany(trx, id, version ?? before.version, columns)
      if (after === undefined) throw new AppError('edited_meanwhile', { details: { version: before.version } })
      const names = Object.keys(columns) as (keyof typeof columns)[]
      const pick = (row: queries.CompanyRow) => Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
      await noteChange(trx, { by: user, companyId: id, action: 'changed', kind: 'company', id, name: after.name, changes: findChanges(pick(before), pick(after)) })
      return presentCompany(after)
    })
  } catch (error) {
    throw isUniqueViolation(error, 'companies_slug_key') ? new AppError('slug_taken', { details: { field: 'slug', slug: change.slug ?? '' }, cause: error }) : error
  }
}

/** Errors: `not_found`, also for a company that is not the reader's. */
export async function getCompany(db: Db, reader: Reader, id: number): Promise<CompanyView> {
  return presentCompany(await getOwnCompany(db, reader, id))
}

/** Undefined also for a company that is not the reader's. */
export async function findCompany(db: Db, reader: Reader, id: number): Promise<CompanyView | undefined> {
  const row = reader.companyId !== null && reader.companyId !== id ? undefined : await queries.findCompany(db, id)
  return row === undefined ? undefined : presentCompany(row)
}

export async function findCompanyBySlug(db: Db, slug: string): Promise<CompanyView | undefined> {
  const company = await queries.findCompanyWithSlug(db, slug)
  return company === undefined ? undefined : presentCompany(company)
}

/** By the code in its album's link; whoever has the link may see it. */
export async function findProjectByCode(db: Db, code: string): Promise<{ id: number; name: string; status: string } | undefined> {
  return await queries.findProjectWithCode(db, code)
}

/**
 * Errors: `not_found` when the reader may not see the company; `project_not_in_company` when the two do not belong together;
 * `project_archived` when it takes no new orders.
 */
export async function checkProjectOfCompany(db: Db, reader: Reader, options: { companyId: number; projectId: number }): Promise<void> {
  await getOwnCompany(db, reader, options.companyId)
  const project = await queries.findProject(db, options.projectId)
  if (project?.companyId !== options.companyId) throw new AppError('project_not_in_company', { details: { project_id: options.projectId, company_id: options.companyId } })
  if (project.status === 'archived') throw new AppError('project_archived', { details: { field: 'project_id' } })
}

export async function listCompanies(
  { db, cache }: Reading, reader: Reader, page: Page, filter: { search?: string | undefined; status?: 'active' | 'inactive' | undefined } = {},
): Promise<{ items: CompanyView[]; total: number }> {
  const own = { onlyId: reader.companyId, ...filter }
  const compute = async () => {
    const items = await queries.selectCompanies(db, own, page)
    return { items: items.map(presentCompany), total: await queries.countCompanies(db, own) }
  }
  // What somebody types is asked for once; whole lists are asked for all the time.
  if (filter.search !== undefined) return await compute()
  return await cache.get('lists', `companies ${reader.companyId} ${filter.status} ${page.limit} ${page.offset}`, { compute, tags: () => ['companies'] })
}

/** Projects to filter by, of one company or of all that the reader sees. */
export async function listProjectsOfAll({ db, cache }: Reading, reader: Reader, companyId: number | null): Promise<{ id: number; name: string; company_name: string }[]> {
  const ofCompany = reader.companyId ?? companyId
  return await cache.get('lists', `project names ${ofCompany}`, {
    compute: async () => {
      const rows = await queries.selectProjects(db, { companyId: ofCompany }, { limit: limits.pageLimitMax, offset: 0 })
      return rows.map((row) => ({ id: row.id, name: row.name, company_name: row.companyName }))
    },
    tags: () => ['projects', 'companies'],
  })
}

function slugify(name: string): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[\u0300-\u036f]/g, '').replace(/[^a-z0-9]+/g, '-').slice(0, limits.slugCharsMax).replace(/^-+|-+$/g, '')
  return slug === '' ? `company-${createCode(6).toLowerCase()}` : slug
}
