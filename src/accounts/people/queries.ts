import type { Db, Trx } from '../../lib/db/db.ts'
import { sql } from '../../lib/db/db.ts'
import type { Language } from '../../words/words.ts'
import type { Role } from '../roles.ts'

const now = sql<Date>`now()`

/** Of which company; null: the platform's administrators; undefined: everybody. */
export interface PeopleFilter {
  companyId: number | null | undefined
  search?: string | undefined
}

function selectPeople(db: Db) {
  return db.selectFrom('users').leftJoin('companies', 'companies.id', 'users.companyId').select([
    'users.id', 'users.email', 'users.name', 'users.role', 'users.companyId', 'users.version', 'users.language', 'users.createdAt', 'users.totpConfirmedAt',
    'companies.name as companyName',
    sql<Date | null>`(select max(last_seen_at) from sessions where sessions.user_id = users.id)`.as('lastSeenAt'),
  ])
}

export type PersonRow = NonNullable<Awaited<ReturnType<typeof findPerson>>>

function filteredPeople<Q extends ReturnType<typeof selectPeople>>(query: Q, filter: PeopleFilter): Q {
  let filtered = query
  if (filter.companyId !== undefined) filtered = filtered.where('users.companyId', filter.companyId === null ? 'is' : '=', filter.companyId) as Q
  if (filter.search !== undefined) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`
    filtered = filtered.where((either) => either.or([either('users.name', 'ilike', pattern), either('users.email', 'ilike', pattern)])) as Q
  }
  return filtered
}

export async function selectPeoplePage(db: Db, filter: PeopleFilter, page: { limit: number; offset: number }) {
  return await filteredPeople(selectPeople(db), filter).orderBy('users.name').orderBy('users.id').limit(page.limit).offset(page.offset).execute()
}

export async function countPeople(db: Db, filter: PeopleFilter): Promise<number> {
  const rows = filteredPeople(selectPeople(db).clearSelect() as ReturnType<typeof selectPeople>, filter).select(sql<number>`1`.as('one'))
  const counted = await db.selectFrom(rows.as('rows')).select((expression) => expression.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return Number(counted.total)
}

export async function findPerson(db: Db, who: { id: number } | { email: string }) {
  return await ('id' in who ? selectPeople(db).where('users.id', '=', who.id) : selectPeople(db).where('users.email', '=', who.email)).executeTakeFirst()
}

/** Whether it was changed: not when somebody else was faster than `version`. */
export async function updatePerson(trx: Trx, id: number, version: number, change: { name?: string; role?: Role; language?: Language | null; email?: string }): Promise<boolean> {
  const changed = await trx.updateTable('users').set({ ...change, version: version + 1 }).where('id', '=', id).where('version', '=', version).executeTakeFirst()
  return changed.numUpdatedRows > 0n
}

export async function deletePerson(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('users').where('id', '=', id).execute()
}

/** The little that people need to know of their company. */
export async function findCompanyOf(db: Db, id: number) {
  return await db.selectFrom('companies').select(['id', 'name', 'language', 'status']).where('id', '=', id).executeTakeFirst()
}

function selectInvitations(db: Db) {
  return db.selectFrom('invitations').leftJoin('companies', 'companies.id', 'invitations.companyId').leftJoin('users', 'users.id', 'invitations.invitedBy').select([
    'invitations.id', 'invitations.companyId', 'invitations.email', 'invitations.role', 'invitations.language', 'invitations.createdAt', 'invitations.expiresAt',
    'companies.name as companyName', 'users.name as inviterName',
    sql<{ status: string; problem: string | null } | null>`(select json_build_object('status', mails.status, 'problem', mails.problem) from mails
      where mails.invitation_id = invitations.id order by mails.id desc limit 1)`.as('mail'),
  ])
}

export type InvitationRow = NonNullable<Awaited<ReturnType<typeof findInvitation>>>

export async function selectInvitationsOf(db: Db, companyId: number | null | undefined, limit: number) {
  let query = selectInvitations(db).orderBy('invitations.id', 'desc').limit(limit)
  if (companyId !== undefined) query = query.where('invitations.companyId', companyId === null ? 'is' : '=', companyId)
  return await query.execute()
}

export async function findInvitation(db: Db, id: number) {
  return await selectInvitations(db).where('invitations.id', '=', id).executeTakeFirst()
}

export async function findInvitationByToken(db: Db, sha256: Uint8Array) {
  return await selectInvitations(db).where('invitations.sha256', '=', sha256).where('invitations.expiresAt', '>', now).executeTakeFirst()
}

export interface NewInvitation {
  companyId: number | null
  email: string
  role: Role
  language: Language
  invitedBy: number
  expiresAt: Date
}

/** Replaces an earlier one for the same e-mail. */
export async function insertInvitation(trx: Trx, invitation: NewInvitation): Promise<number> {
  await trx.deleteFrom('invitations').where('email', '=', invitation.email).where('companyId', invitation.companyId === null ? 'is' : '=', invitation.companyId).execute()
  const row = await trx.insertInto('invitations').values(invitation).returning('id').executeTakeFirstOrThrow()
  return row.id
}

export async function updateInvitationToken(db: Db, id: number, sha256: Uint8Array, expiresAt: Date): Promise<boolean> {
  const changed = await db.updateTable('invitations').set({ sha256, expiresAt }).where('id', '=', id).executeTakeFirst()
  return changed.numUpdatedRows > 0n
}

/** Takes it away; returns whether it was still there, so that it works once. */
export async function deleteInvitation(db: Db, id: number): Promise<boolean> {
  return (await db.deleteFrom('invitations').where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n
}

/** Companies to choose from, with `also` in any case. */
export async function selectCompanyNames(db: Db, limit: number, also: number | undefined) {
  const rows = await db.selectFrom('companies').select(['id', 'name']).orderBy('name').orderBy('id').limit(limit).execute()
  if (also === undefined || rows.some((row) => row.id === also)) return rows
  return [...(await db.selectFrom('companies').select(['id', 'name']).where('id', '=', also).execute()), ...rows]
}
