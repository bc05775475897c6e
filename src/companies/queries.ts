import type { Db, Trx } from '../lib/db/db.ts'
import { sql } from '../lib/db/db.ts'
import type { UpdateOf } from '../lib/db/db.ts'

const companyColumns = [
  'id', 'name', 'slug', 'contactEmail', 'createdAt', 'status', 'contactName', 'contactPhone', 'timeZone', 'language', 'logoKey', 'logoWidth', 'logoHeight',
  'accentColour', 'startHeading', 'startText', 'version',
] as const
const projectColumns = ['id', 'companyId', 'name', 'code', 'status', 'createdAt', 'version'] as const

export type CompanyRow = NonNullable<Awaited<ReturnType<typeof findCompany>>>
export type ProjectRow = NonNullable<Awaited<ReturnType<typeof findProject>>>

export interface CompanyFields {
  name: string
  slug: string
  contactEmail: string | null
  contactName?: string | null
  contactPhone?: string | null
  timeZone?: string
  language?: 'en' | 'ru'
  accentColour?: string | null
  startHeading?: string | null
  startText?: string | null
  status?: 'active' | 'inactive'
}

export async function insertCompany(trx: Trx, company: CompanyFields) {
  return await trx.insertInto('companies').values(company).returning(companyColumns).executeTakeFirstOrThrow()
}

/** Undefined when somebody else was faster than `version`. */
export async function updateCompany(trx: Trx, id: number, version: number, change: UpdateOf<'companies'>) {
  return await trx.updateTable('companies').set({ ...change, version: version + 1 }).where('id', '=', id).where('version', '=', version).returning(companyColumns).executeTakeFirst()
}

export async function isLogoUsed(db: Db, key: string): Promise<boolean> {
  return (await db.selectFrom('companies').select('id').where('logoKey', '=', key).limit(1).executeTakeFirst()) !== undefined
}

/** Held until the transaction ends: whoever stores a logo and whoever removes one take turns. */
export async function lockLogos(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('company logos', 0))`.execute(trx)
}

export async function insertProject(trx: Trx, project: { companyId: number; name: string; code: string }) {
  return await trx.insertInto('projects').values(project).returning(projectColumns).executeTakeFirstOrThrow()
}

export async function updateProject(trx: Trx, id: number, version: number, change: UpdateOf<'projects'>) {
  return await trx.updateTable('projects').set({ ...change, version: version + 1 }).where('id', '=', id).where('version', '=', version).returning(projectColumns).executeTakeFirst()
}

export async function findCompany(db: Db, id: number) {
  return await db.selectFrom('companies').select(companyColumns).where('id', '=', id).executeTakeFirst()
}

export async function findCompanyWithSlug(db: Db, slug: string) {
  return await db.selectFrom('companies').select(companyColumns).where('slug', '=', slug).executeTakeFirst()
}

export async function findProject(db: Db, id: number) {
  return await db.selectFrom('projects').select(projectColumns).where('id', '=', id).executeTakeFirst()
}

export async function findProjectWithCode(db: Db, code: string) {
  return await db.selectFrom('projects').select(projectColumns).where('code', '=', code).executeTakeFirst()
}

export interface CompanyFilter {
  /** The reader's own; null for those who see all. */
  onlyId: number | null
  search?: string | undefined
  status?: 'active' | 'inactive' | undefined
}

function filteredCompanies(db: Db, filter: CompanyFilter) {
  let query = db.selectFrom('companies')
  if (filter.onlyId !== null) query = query.where('id', '=', filter.onlyId)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.search !== undefined) {
    const pattern = likePattern(filter.search)
    query = query.where((either) => either.or([either('name', 'ilike', pattern), either('slug', 'ilike', pattern), either('contactEmail', 'ilike', pattern)]))
  }
  return query
}

export async function selectCompanies(db: Db, filter: CompanyFilter, page: { limit: number; offset: number }) {
  return await filteredCompanies(db, filter).select(companyColumns).orderBy('name').orderBy('id').limit(page.limit).offset(page.offset).execute()
}

export async function countCompanies(db: Db, filter: CompanyFilter): Promise<number> {
  return Number((await filteredCompanies(db, filter).select((expression) => expression.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()).total)
}

export interface ProjectFilter {
  /** Null: of all companies. */
  companyId: number | null
  search?: string | undefined
  status?: 'active' | 'inactive' | 'archived' | undefined
}

function filteredProjects(db: Db, filter: ProjectFilter) {
  let query = db.selectFrom('projects').innerJoin('companies', 'companies.id', 'projects.companyId')
  if (filter.companyId !== null) query = query.where('projects.companyId', '=', filter.companyId)
  if (filter.status !== undefined) query = query.where('projects.status', '=', filter.status)
  if (filter.search !== undefined) query = query.where('projects.name', 'ilike', likePattern(filter.search))
  return query
}

export async function selectProjects(db: Db, filter: ProjectFilter, page: { limit: number; offset: number }) {
  return await filteredProjects(db, filter)
    .select(['projects.id', 'projects.companyId', 'projects.name', 'projects.code', 'projects.status', 'projects.createdAt', 'projects.version', 'companies.name as companyName'])
    .select(sql<number>`(select count(*) from ar_content where ar_content.project_id = projects.id)`.as('orders'))
    .orderBy('projects.name').orderBy('projects.id').limit(page.limit).offset(page.offset).execute()
}

export async function countProjects(db: Db, filter: ProjectFilter): Promise<number> {
  return Number((await filteredProjects(db, filter).select((expression) => expression.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()).total)
}

function likePattern(search: string): string {
  return `%${search.replace(/[\\%_]/g, '\\$&')}%`
}
