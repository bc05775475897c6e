import type { Db } from '../lib/db/db.ts'

const companyColumns = ['id', 'name', 'slug', 'contactEmail', 'createdAt'] as const
const projectColumns = ['id', 'companyId', 'name', 'code', 'status', 'createdAt'] as const

export async function insertCompany(db: Db, company: { name: string; slug: string; contactEmail: string | null }) {
  return await db.insertInto('companies').values(company).returning(companyColumns).executeTakeFirstOrThrow()
}

export async function insertProject(db: Db, project: { companyId: number; name: string; code: string }) {
  return await db.insertInto('projects').values(project).returning(projectColumns).executeTakeFirstOrThrow()
}

export async function findCompany(db: Db, id: number) {
  return await db.selectFrom('companies').select(companyColumns).where('id', '=', id).executeTakeFirst()
}

export async function findProject(db: Db, id: number) {
  return await db.selectFrom('projects').select(projectColumns).where('id', '=', id).executeTakeFirst()
}

export async function selectCompanies(db: Db, filter: { onlyId: number | null; limit: number; offset: number }) {
  let query = db.selectFrom('companies').select(companyColumns).orderBy('name').orderBy('id').limit(filter.limit).offset(filter.offset)
  if (filter.onlyId !== null) query = query.where('id', '=', filter.onlyId)
  return await query.execute()
}

export async function countCompanies(db: Db, onlyId: number | null): Promise<number> {
  let query = db.selectFrom('companies').select((expression) => expression.fn.countAll<number>().as('total'))
  if (onlyId !== null) query = query.where('id', '=', onlyId)
  return Number((await query.executeTakeFirstOrThrow()).total)
}

export async function selectProjects(db: Db, filter: { companyId: number; limit: number; offset: number }) {
  return await db.selectFrom('projects').select(projectColumns).where('companyId', '=', filter.companyId).orderBy('name').orderBy('id').limit(filter.limit).offset(filter.offset).execute()
}

export async function countProjects(db: Db, companyId: number): Promise<number> {
  const row = await db.selectFrom('projects').select((expression) => expression.fn.countAll<number>().as('total')).where('companyId', '=', companyId).executeTakeFirstOrThrow()
  return Number(row.total)
}


export async function selectProjectNames(db: Db, companyId: number | null, limit: number) {
  let query = db.selectFrom('projects').innerJoin('companies', 'companies.id', 'projects.companyId')
    .select(['projects.id', 'projects.name', 'companies.name as companyName']).orderBy('projects.name').orderBy('projects.id').limit(limit)
  if (companyId !== null) query = query.where('projects.companyId', '=', companyId)
  const rows = await query.execute()
  return rows.map((row) => ({ id: row.id, name: row.name, company_name: row.companyName }))
}

export async function findCompanyWithSlug(db: Db, slug: string) {
  return await db.selectFrom('companies').select(companyColumns).where('slug', '=', slug).executeTakeFirst()
}
