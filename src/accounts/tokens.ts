import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import { noteChange } from './audit.ts'
import * as queries from './queries.ts'
import type { User } from './queries.ts'
import { limitRole } from './roles.ts'
import type { Scope } from './roles.ts'
import { createToken, digestToken } from './secrets.ts'

/** Tells an API token from a session's, here and to scanners that look for lost secrets. */
export const apiTokenBeginning = 'arv_'
const shownChars = apiTokenBeginning.length + 4
const usedEveryMs = 60_000
const dayMs = 24 * 60 * 60 * 1000

export interface ApiTokenView {
  id: number
  name: string
  /** Its first letters. */
  beginning: string
  scope: Scope
  created_at: string
  last_used_at: string | null
  expires_at: string | null
}

/** Makes a token that acts as its owner, as far as `scope` goes. The token itself is told this once. Errors: `too_many_tokens`. */
export async function createApiToken(db: Db, user: User, options: { name: string; scope: Scope; days: number | null }): Promise<ApiTokenView & { token: string }> {
  const token = apiTokenBeginning + createToken()
  const row = await db.transaction().execute(async (trx) => {
    const made = await queries.insertApiToken(trx, {
      userId: user.id, name: options.name, sha256: digestToken(token), beginning: token.slice(0, shownChars), scope: options.scope,
      expiresAt: options.days === null ? null : new Date(Date.now() + options.days * dayMs),
    })
    if ((await queries.selectApiTokens(trx, user.id)).length > limits.apiTokensMax) throw new AppError('too_many_tokens', { details: { limit: limits.apiTokensMax } })
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'created', kind: 'token', id: made.id, name: made.name, changes: { scope: { from: null, to: made.scope } } })
    return made
  })
  return { ...presentApiToken(row), token }
}

export async function listApiTokens(db: Db, user: User): Promise<ApiTokenView[]> {
  return (await queries.selectApiTokens(db, user.id)).map(presentApiToken)
}

/** Errors: `not_found`, also for a token of somebody else. */
export async function deleteApiToken(db: Db, user: User, id: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const gone = await queries.deleteApiToken(trx, user.id, id)
    if (gone === undefined) throw new AppError('not_found')
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'deleted', kind: 'token', id, name: gone.name })
  })
}

/** Who a token acts as, in the role that its scope leaves. */
export async function findUserByApiToken(db: Db, token: string): Promise<{ user: User; scope: Scope } | undefined> {
  const row = await queries.findUserByApiToken(db, digestToken(token))
  if (row === undefined) return undefined
  const { tokenId, lastUsedAt, scope, ...user } = row
  if (lastUsedAt === null || Date.now() - lastUsedAt.getTime() > usedEveryMs) await queries.touchApiToken(db, tokenId)
  return { user: { ...user, role: limitRole(user.role, scope) }, scope }
}

function presentApiToken(row: Awaited<ReturnType<typeof queries.selectApiTokens>>[number]): ApiTokenView {
  return {
    id: row.id, name: row.name, beginning: row.beginning, scope: row.scope, created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null, expires_at: row.expiresAt?.toISOString() ?? null,
  }
}
