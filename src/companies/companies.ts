import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { createCode } from '../lib/code.ts'
import { isUniqueViolation } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import type { Page } from '../lib/http/pages.ts'
import { limits } from '../limits.ts'
import * as queries from './queries.ts'
import type { CompanyView, ProjectView } from './schema.ts'

type Reading = Pick<App, 'db' | 'cache'>

/** Who asks: the platform's administrators see every company, everybody else their own. */
export interface Reader {
  companyId: number | null
}

export async function createCompany(db: Db, options: { name: string; contactEmail: string | null }): Promise<CompanyView> {
  const base = slugify(options.name)
  for (let attempt = 0; ; attempt++) {
    // A taken slug gets a random tail; names need not be unique, two studios may share one.
    const slug = attempt === 0 ? base : `${base}-${createCode(4).toLowerCase()}`
    try {
      return presentCompany(await queries.insertCompany(db, { name: options.name, slug, contactEmail: options.contactEmail }))
    } catch (error) {
      if (!isUniqueViolation(error) || attempt >= 5) throw error
    }
  }
}

export async function createProject(db: Db, reader: Reader, options: { companyId: number; name: string; publicUrl: string }): Promise<ProjectView> {
  await getCompany(db, reader, options.companyId)
  return presentProject(await queries.insertProject(db, { companyId: options.companyId, name: options.name, code: createCode() }), options.publicUrl)
}

/** Errors: `not_found`, also for a company that is not the reader's. */
export async function getCompany(db: Db, reader: Reader, id: number): Promise<CompanyView> {
  const company = reader.companyId !== null && reader.companyId !== id ? undefined : await queries.findCompany(db, id)
  if (company === undefined) throw new AppError('not_found')
  return presentCompany(company)
}

export async function findCompanyBySlug(db: Db, slug: string): Promise<CompanyView | undefined> {
  const company = await queries.findCompanyWithSlug(db, slug)
  return company === undefined ? undefined : presentCompany(company)
}

/** Errors: `not_found`, also for a project of a company that is not the reader's. */
export async function getProject(db: Db, reader: Reader, id: number, publicUrl: string): Promise<ProjectView> {
  const project = await queries.findProject(db, id)
  if (project === undefined || (reader.companyId !== null && project.companyId !== reader.companyId)) throw new AppError('not_found')
  return presentProject(project, publicUrl)
}

/** Errors: `not_found` when the reader may not see the company; `project_not_in_company` when the two do not belong together. */
export async function checkProjectOfCompany(db: Db, reader: Reader, options: { companyId: number; projectId: number }): Promise<void> {
  await getCompany(db, reader, options.companyId)
  const project = await queries.findProject(db, options.projectId)
  if (project?.companyId !== options.companyId) throw new AppError('project_not_in_company', { details: { project_id: options.projectId, company_id: options.companyId } })
}

export async function listCompanies({ db, cache }: Reading, reader: Reader, page: Page): Promise<{ items: CompanyView[]; total: number }> {
  return await cache.get('lists', `companies ${reader.companyId} ${page.limit} ${page.offset}`, {
    compute: async () => {
      const items = await queries.selectCompanies(db, { onlyId: reader.companyId, limit: page.limit, offset: page.offset })
      return { items: items.map(presentCompany), total: await queries.countCompanies(db, reader.companyId) }
    },
    tags: () => ['companies'],
  })
}

export async function listProjects({ db, cache }: Reading, reader: Reader, companyId: number, page: Page, publicUrl: string): Promise<{ items: ProjectView[]; total: number }> {
  return await cache.get('lists', `projects ${reader.companyId} ${companyId} ${page.limit} ${page.offset} ${publicUrl}`, {
    compute: async () => {
      await getCompany(db, reader, companyId)
      const items = await queries.selectProjects(db, { companyId, limit: page.limit, offset: page.offset })
      return { items: items.map((project) => presentProject(project, publicUrl)), total: await queries.countProjects(db, companyId) }
    },
    tags: () => ['projects', `company:${companyId}`],
  })
}

/** Projects to filter by, of one company or of all that the reader sees. */
export async function listProjectsOfAll({ db, cache }: Reading, reader: Reader, companyId: number | null): Promise<{ id: number; name: string; company_name: string }[]> {
  const ofCompany = reader.companyId ?? companyId
  return await cache.get('lists', `project names ${ofCompany}`, {
    compute: async () => await queries.selectProjectNames(db, ofCompany, limits.pageLimitMax),
    tags: () => ['projects', 'companies'],
  })
}

type CompanyRow = NonNullable<Awaited<ReturnType<typeof queries.findCompany>>>
type ProjectRow = NonNullable<Awaited<ReturnType<typeof queries.findProject>>>

function presentCompany(row: CompanyRow): CompanyView {
  return { id: row.id, name: row.name, slug: row.slug, contact_email: row.contactEmail, created_at: row.createdAt.toISOString() }
}

function presentProject(row: ProjectRow, publicUrl: string): ProjectView {
  return { id: row.id, company_id: row.companyId, name: row.name, status: row.status, album_link: `${publicUrl}/p/${row.code}`, created_at: row.createdAt.toISOString() }
}

function slugify(name: string): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[\u0300-\u036f]/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60)
  return slug === '' ? `company-${createCode(6).toLowerCase()}` : slug
}
