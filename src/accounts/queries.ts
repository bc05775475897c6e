import type { Db } from '../lib/db/db.ts'
import { sql } from '../lib/db/db.ts'
import type { UsersTable } from '../lib/db/tables.generated.ts'
import type { Language } from '../words/words.ts'

/** Who is signed in and whose account it is. The SQL of sessions, tokens, attempts and links; people's is in people/. */

const userColumns = ['users.id', 'users.email', 'users.name', 'users.role', 'users.companyId'] as const
const now = sql<Date>`now()`

export interface User {
  id: number
  email: string
  name: string
  role: UsersTable['role']
  companyId: number | null
}

export type Credentials = NonNullable<Awaited<ReturnType<typeof findCredentials>>>

export async function findCredentials(db: Db, who: { email: string } | { id: number }) {
  const query = db.selectFrom('users').leftJoin('companies', 'companies.id', 'users.companyId')
    .select([...userColumns, 'users.passwordHash', 'users.version', 'users.totpSecret', 'users.totpConfirmedAt', 'users.language', 'companies.status as companyStatus', 'companies.language as companyLanguage'])
  return await ('id' in who ? query.where('users.id', '=', who.id) : query.where('users.email', '=', who.email)).executeTakeFirst()
}

/** People of a company that is closed are as good as signed out. */
export async function findUserByAccessToken(db: Db, sha256: Uint8Array) {
  return await db
    .selectFrom('sessionTokens as token')
    .innerJoin('sessions', 'sessions.id', 'token.sessionId')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .leftJoin('companies', 'companies.id', 'users.companyId')
    .select([...userColumns, 'sessions.id as sessionId', 'sessions.lastSeenAt'])
    .where('token.sha256', '=', sha256)
    .where('token.kind', '=', 'access')
    .where('token.expiresAt', '>', now)
    .where((either) => either.or([either('companies.status', 'is', null), either('companies.status', '=', 'active')]))
    .executeTakeFirst()
}

export async function findUserByApiToken(db: Db, sha256: Uint8Array) {
  return await db
    .selectFrom('apiTokens as token')
    .innerJoin('users', 'users.id', 'token.userId')
    .leftJoin('companies', 'companies.id', 'users.companyId')
    .select([...userColumns, 'token.id as tokenId', 'token.scope', 'token.lastUsedAt'])
    .where('token.sha256', '=', sha256)
    .where((either) => either.or([either('token.expiresAt', 'is', null), either('token.expiresAt', '>', now)]))
    .where((either) => either.or([either('companies.status', 'is', null), either('companies.status', '=', 'active')]))
    .executeTakeFirst()
}

export async function insertSession(db: Db, session: { id: string; userId: number; refreshSecret: Uint8Array; userAgent: string | null; expiresAt: Date }): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
  await db.deleteFrom('sessions').where('expiresAt', '<', now).execute()
  await db.deleteFrom('sessionTokens').where('expiresAt', '<', now).execute()
}

export async function insertSessionToken(db: Db, token: { sha256: Uint8Array; sessionId: string; kind: 'access' | 'refresh'; expiresAt: Date }): Promise<void> {
  await db.insertInto('sessionTokens').values(token).onConflict((conflict) => conflict.column('sha256').doNothing()).execute()
}

/** Locks the token, so that two exchanges of it take turns. */
export async function lockRefreshToken(db: Db, sha256: Uint8Array) {
  return await db
    .selectFrom('sessionTokens as token')
    .innerJoin('sessions', 'sessions.id', 'token.sessionId')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .leftJoin('companies', 'companies.id', 'users.companyId')
    .select([...userColumns, 'sessions.id as sessionId', 'sessions.refreshSecret', 'token.exchangedAt', 'companies.status as companyStatus'])
    .where('token.sha256', '=', sha256)
    .where('token.kind', '=', 'refresh')
    .where('token.expiresAt', '>', now)
    .forUpdate('token')
    .executeTakeFirst()
}

export async function isTokenExchanged(db: Db, sha256: Uint8Array): Promise<boolean> {
  const row = await db.selectFrom('sessionTokens').select('exchangedAt').where('sha256', '=', sha256).executeTakeFirst()
  return row === undefined || row.exchangedAt !== null
}

export async function markTokenExchanged(db: Db, sha256: Uint8Array): Promise<void> {
  await db.updateTable('sessionTokens').set({ exchangedAt: now }).where('sha256', '=', sha256).execute()
}

export async function touchSession(db: Db, id: string, change: { expiresAt?: Date } = {}): Promise<void> {
  await db.updateTable('sessions').set({ lastSeenAt: now, ...change }).where('id', '=', id).execute()
}

export async function touchApiToken(db: Db, id: number): Promise<void> {
  await db.updateTable('apiTokens').set({ lastUsedAt: now }).where('id', '=', id).execute()
}

export async function selectSessions(db: Db, userId: number, limit: number) {
  return await db.selectFrom('sessions').select(['id', 'userAgent', 'createdAt', 'lastSeenAt'])
    .where('userId', '=', userId).where('expiresAt', '>', now).orderBy('lastSeenAt', 'desc').limit(limit).execute()
}

/** Ends one session of a user; returns whether there was one. */
export async function deleteSession(db: Db, userId: number, id: string): Promise<boolean> {
  const gone = await db.deleteFrom('sessions').where('id', '=', id).where('userId', '=', userId).executeTakeFirst()
  return gone.numDeletedRows > 0n
}

/** Ends all sessions of a user but `keep`; returns how many. */
export async function deleteSessions(db: Db, userId: number, keep: string | null): Promise<number> {
  let query = db.deleteFrom('sessions').where('userId', '=', userId)
  if (keep !== null) query = query.where('id', '<>', keep)
  return Number((await query.executeTakeFirst()).numDeletedRows)
}

export async function selectApiTokens(db: Db, userId: number) {
  return await db.selectFrom('apiTokens').select(['id', 'name', 'beginning', 'scope', 'createdAt', 'lastUsedAt', 'expiresAt'])
    .where('userId', '=', userId).orderBy('id', 'desc').execute()
}

export async function insertApiToken(db: Db, token: { userId: number; name: string; sha256: Uint8Array; beginning: string; scope: 'read' | 'write' | 'manage'; expiresAt: Date | null }) {
  return await db.insertInto('apiTokens').values(token).returning(['id', 'name', 'beginning', 'scope', 'createdAt', 'lastUsedAt', 'expiresAt']).executeTakeFirstOrThrow()
}

export async function deleteApiToken(db: Db, userId: number, id: number): Promise<{ name: string } | undefined> {
  return await db.deleteFrom('apiTokens').where('userId', '=', userId).where('id', '=', id).returning('name').executeTakeFirst()
}

/** Raises the count in one statement, so that parallel attempts are all counted; beyond `max` it no longer puts off the end. */
export async function raiseAttempts(db: Db, key: string, max: number, windowMs: number): Promise<{ count: number; endsAt: Date }> {
  const ends = sql<Date>`now() + make_interval(secs => ${windowMs / 1000})`
  const row = await db.insertInto('attempts').values({ key, count: 1, endsAt: ends })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({
      count: sql<number>`case when attempts.ends_at <= now() then 1 else attempts.count + 1 end`,
      endsAt: sql<Date>`case when attempts.ends_at <= now() or attempts.count < ${max}::integer then excluded.ends_at else attempts.ends_at end`,
    }))
    .returning(['count', 'endsAt']).executeTakeFirstOrThrow()
  if (row.count === 1) await db.deleteFrom('attempts').where('endsAt', '<', now).execute()
  return row
}

/** Those of `key`, and of the longer keys that begin with it. */
export async function deleteAttempts(db: Db, key: string): Promise<void> {
  await db.deleteFrom('attempts').where((either) => either.or([either('key', '=', key), either('key', 'like', `${key.replace(/[\\%_]/g, '\\$&')} %`)])).execute()
}

export type LinkKind = 'reset-password' | 'change-email' | 'second-step'

/** A new link makes the earlier ones of its kind void. */
export async function insertLink(db: Db, link: { sha256: Uint8Array; kind: LinkKind; userId: number; email?: string | null; expiresAt: Date }): Promise<void> {
  await db.deleteFrom('accountLinks').where((either) => either.or([
    either('expiresAt', '<', now),
    ...(link.kind === 'second-step' ? [] : [either.and([either('userId', '=', link.userId), either('kind', '=', link.kind)])]),
  ])).execute()
  await db.insertInto('accountLinks').values(link).execute()
}

export async function findLink(db: Db, kind: LinkKind, sha256: Uint8Array) {
  return await db.selectFrom('accountLinks').select(['userId', 'email']).where('sha256', '=', sha256).where('kind', '=', kind).where('expiresAt', '>', now).executeTakeFirst()
}

/** Takes the link away and says whose it was: it works once, also when two come at the same time. */
export async function takeLink(db: Db, kind: LinkKind, sha256: Uint8Array) {
  return await db.deleteFrom('accountLinks').where('sha256', '=', sha256).where('kind', '=', kind).where('expiresAt', '>', now).returning(['userId', 'email']).executeTakeFirst()
}

export async function deleteLinks(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('accountLinks').where('userId', '=', userId).execute()
}

export async function insertUser(db: Db, user: { email: string; name: string; role: UsersTable['role']; companyId: number | null; passwordHash: string; language?: Language | null }): Promise<number> {
  const row = await db.insertInto('users').values(user).returning('id').executeTakeFirstOrThrow()
  return row.id
}

export async function hasAdministrator(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('id').where('role', '=', 'admin').limit(1).executeTakeFirst()) !== undefined
}

export async function updatePassword(db: Db, userId: number, passwordHash: string): Promise<void> {
  await db.updateTable('users').set({ passwordHash, passwordChangedAt: now }).where('id', '=', userId).execute()
}
