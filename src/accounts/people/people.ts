import { AppError } from '../../errors.ts'
import type { Db } from '../../lib/db/db.ts'
import type { Page } from '../../lib/http/pages.ts'
import type { Language } from '../../words/words.ts'
import { findChanges, noteChange } from '../audit.ts'
import type { User } from '../queries.ts'
import type { Role } from '../roles.ts'
import * as queries from './queries.ts'
import type { PeopleFilter, PersonRow } from './queries.ts'

export interface PersonView {
  id: number
  email: string
  name: string
  role: Role
  company_id: number | null
  company_name: string | null
  two_factor: boolean
  last_seen_at: string | null
  created_at: string
  /** Send it along with a change: whoever changed the same meanwhile is not overwritten. */
  version: number
}

/** People of a company see their own; administrators whom they ask for. */
export async function listPeople(db: Db, reader: User, filter: PeopleFilter, page: Page): Promise<{ items: PersonView[]; total: number }> {
  const own: PeopleFilter = reader.companyId === null ? filter : { ...filter, companyId: reader.companyId }
  const [rows, total] = await Promise.all([queries.selectPeoplePage(db, own, page), queries.countPeople(db, own)])
  return { items: rows.map(presentPerson), total }
}

/** Errors: `not_found`, also for somebody of another company. */
export async function getPerson(db: Db, reader: User, id: number): Promise<PersonView> {
  return presentPerson(await findOwn(db, reader, id))
}

/** Errors: `not_found`, `own_account` for one's own role, `edited_meanwhile`, `role_of_platform` for an administrator's role. */
export async function updatePerson(db: Db, reader: User, id: number, change: { name?: string | undefined; role?: Role | undefined; version?: number | undefined }): Promise<PersonView> {
  await db.transaction().execute(async (trx) => {
    const person = await findOwn(trx, reader, id)
    const role = change.role ?? person.role
    const name = change.name ?? person.name
    if (role !== person.role && person.id === reader.id) throw new AppError('own_account')
    if (role !== person.role && person.companyId === null) throw new AppError('role_of_platform')
    if (!(await queries.updatePerson(trx, id, change.version ?? person.version, { name, role }))) throw new AppError('edited_meanwhile', { details: { version: person.version } })
    const changes = findChanges({ name: person.name, role: person.role }, { name, role })
    await noteChange(trx, { by: reader, companyId: person.companyId, action: 'changed', kind: 'person', id, name, changes })
  })
  return await getPerson(db, reader, id)
}

/** Ends the account with its sessions and tokens. Errors: `not_found`, `own_account`. */
export async function removePerson(db: Db, reader: User, id: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const person = await findOwn(trx, reader, id)
    if (person.id === reader.id) throw new AppError('own_account')
    await queries.deletePerson(trx, id)
    await noteChange(trx, { by: reader, companyId: person.companyId, action: 'deleted', kind: 'person', id, name: person.name })
  })
}

/** One's own name and the language of what is written to one. */
export async function updateMe(db: Db, user: User, change: { name: string; language: Language | null }): Promise<User> {
  return await db.transaction().execute(async (trx) => {
    const person = await findOwn(trx, user, user.id)
    await queries.updatePerson(trx, user.id, person.version, change)
    const changes = findChanges({ name: person.name, language: person.language }, change)
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'changed', kind: 'person', id: user.id, name: change.name, changes })
    return { ...user, name: change.name }
  })
}

async function findOwn(db: Db, reader: User, id: number): Promise<PersonRow> {
  const person = await queries.findPerson(db, { id })
  if (person === undefined || (reader.companyId !== null && person.companyId !== reader.companyId)) throw new AppError('not_found')
  return person
}

function presentPerson(row: PersonRow): PersonView {
  return {
    id: row.id, email: row.email, name: row.name, role: row.role, company_id: row.companyId, company_name: row.companyName,
    two_factor: row.totpConfirmedAt !== null, last_seen_at: row.lastSeenAt === null ? null : new Date(row.lastSeenAt).toISOString(),
    created_at: row.createdAt.toISOString(), version: row.version,
  }
}
