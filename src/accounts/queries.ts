import type { Db } from '../lib/db/db.ts'
import { sql } from '../lib/db/db.ts'
import type { UsersTable } from '../lib/db/tables.generated.ts'

const userColumns = ['users.id', 'users.email', 'users.name', 'users.role', 'users.companyId'] as const

export interface User {
  id: number
  email: string
  name: string
  role: UsersTable['role']
  companyId: number | null
}

export async function findCredentials(db: Db, email: string) {
  return await db.selectFrom('users').select([...userColumns, 'users.passwordHash', 'users.lockedUntil']).where('email', '=', email).executeTakeFirst()
}

export async function findUserBySession(db: Db, tokenSha256: Uint8Array): Promise<User | undefined> {
  return await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .select(userColumns)
    .where('sessions.tokenSha256', '=', tokenSha256)
    .where('sessions.expiresAt', '>', sql<Date>`now()`)
    .executeTakeFirst()
}

export async function insertSession(db: Db, session: { id: string; userId: number; tokenSha256: Uint8Array; userAgent: string | null; expiresAt: Date }): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
  await db.deleteFrom('sessions').where('expiresAt', '<', sql<Date>`now()`).execute()
}

export async function deleteSession(db: Db, tokenSha256: Uint8Array): Promise<void> {
  await db.deleteFrom('sessions').where('tokenSha256', '=', tokenSha256).execute()
}

/** Counts a failure in one statement, so that parallel guesses are all counted; locks at the `max`th. */
export async function countFailedSignIn(db: Db, userId: number, max: number, lockMs: number): Promise<void> {
  await db
    .updateTable('users')
    .set({
      failedSignIns: sql<number>`case when failed_sign_ins + 1 >= ${max} then 0 else failed_sign_ins + 1 end`,
      lockedUntil: sql<Date>`case when failed_sign_ins + 1 >= ${max} then now() + make_interval(secs => ${lockMs / 1000}) else locked_until end`,
    })
    .where('id', '=', userId)
    .execute()
}

export async function clearFailedSignIns(db: Db, userId: number): Promise<void> {
  await db.updateTable('users').set({ failedSignIns: 0, lockedUntil: null }).where('id', '=', userId).where('failedSignIns', '>', 0).execute()
}

export async function insertAdministrator(db: Db, user: { email: string; name: string; passwordHash: string }): Promise<number> {
  const row = await db.insertInto('users').values({ ...user, role: 'admin' }).returning('id').executeTakeFirstOrThrow()
  return row.id
}

export async function hasAdministrator(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('id').where('role', '=', 'admin').limit(1).executeTakeFirst()) !== undefined
}

/** Sets a new password and ends every session of that user. Returns whether the user exists. */
export async function updatePassword(db: Db, email: string, passwordHash: string): Promise<boolean> {
  return await db.transaction().execute(async (trx) => {
    const user = await trx.updateTable('users').set({ passwordHash, failedSignIns: 0, lockedUntil: null }).where('email', '=', email).returning('id').executeTakeFirst()
    if (user === undefined) return false
    await trx.deleteFrom('sessions').where('userId', '=', user.id).execute()
    return true
  })
}
