import type { App } from '../app.ts'
import { getCompany, getProject } from '../companies/companies.ts'
import type { Reader } from '../companies/companies.ts'
import { getOwner } from '../content/content.ts'
import type { ScopeName } from './metrics.ts'
import type { Subject } from './statistics.ts'

/** Whose statistics are asked for. Errors: `not_found`, also for what is another company's. */
export async function findSubject({ db }: Pick<App, 'db'>, reader: Reader, name: Exclude<ScopeName, 'platform'>, id: number): Promise<Subject> {
  if (name === 'company') return { name, id, companyId: (await getCompany(db, reader, id)).id }
  if (name === 'project') return { name, id, companyId: (await getProject(db, reader, id, '')).company_id }
  return { name, id, companyId: (await getOwner(db, reader, id)).companyId }
}
