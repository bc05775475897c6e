import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { AppError } from '../errors.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import { noteChange } from './audit.ts'
import * as queries from './queries.ts'
import type { User } from './queries.ts'
import { createToken, digestToken } from './secrets.ts'
import type { Visitor } from './password.ts'

const sessionMs = limits.sessionDays * 24 * 60 * 60 * 1000

export interface SignedIn {
  sessionId: string
  accessToken: string
  accessSeconds: number
  refreshToken: string
  refreshSeconds: number
  user: User
}

export async function openSession(db: Db, user: User, visitor: Visitor): Promise<SignedIn> {
  return await db.transaction().execute(async (trx) => {
    const sessionId = randomUUID()
    const refreshToken = createToken()
    const expiresAt = new Date(Date.now() + sessionMs)
    await queries.insertSession(trx, {
      id: sessionId, userId: user.id, refreshSecret: randomBytes(32), expiresAt, userAgent: visitor.userAgent?.slice(0, limits.userAgentCharsMax) ?? null,
    })
    await queries.insertSessionToken(trx, { sha256: digestToken(refreshToken), sessionId, kind: 'refresh', expiresAt })
    return await grantAccess(trx, { sessionId, refreshToken, user })
  })
}

/**
 * Exchanges a refresh token for the next one and an access token. Asked again within `limits.refreshGraceMs` it gives the same next
 * one; later that means that two hold the token, and the whole session ends. Errors: `unauthenticated`.
 */
export async function refreshSession(db: Db, refreshToken: string): Promise<SignedIn> {
  const refreshed = await db.transaction().execute(async (trx) => {
    const row = await queries.lockRefreshToken(trx, digestToken(refreshToken))
    if (row === undefined || row.refreshSecret === null || row.companyStatus === 'inactive') return undefined
    const user: User = { id: row.id, email: row.email, name: row.name, role: row.role, companyId: row.companyId }
    const next = createHmac('sha256', row.refreshSecret).update(refreshToken).digest('base64url')
    if (row.exchangedAt !== null) {
      const isLate = Date.now() - row.exchangedAt.getTime() > limits.refreshGraceMs
      if (isLate || (await queries.isTokenExchanged(trx, digestToken(next)))) {
        await queries.deleteSession(trx, user.id, row.sessionId)
        await noteChange(trx, { by: null, companyId: user.companyId, action: 'revoked', kind: 'session', id: row.sessionId, name: user.name })
        return undefined
      }
    } else {
      const expiresAt = new Date(Date.now() + sessionMs)
      await queries.markTokenExchanged(trx, digestToken(refreshToken))
      await queries.insertSessionToken(trx, { sha256: digestToken(next), sessionId: row.sessionId, kind: 'refresh', expiresAt })
      await queries.touchSession(trx, row.sessionId, { expiresAt })
    }
    return await grantAccess(trx, { sessionId: row.sessionId, refreshToken: next, user })
  })
  if (refreshed === undefined) throw new AppError('unauthenticated')
  return refreshed
}

async function grantAccess(trx: Trx, session: { sessionId: string; refreshToken: string; user: User }): Promise<SignedIn> {
  const accessToken = createToken()
  await queries.insertSessionToken(trx, {
    sha256: digestToken(accessToken), sessionId: session.sessionId, kind: 'access', expiresAt: new Date(Date.now() + limits.accessTokenMs),
  })
  return { ...session, accessToken, accessSeconds: limits.accessTokenMs / 1000, refreshSeconds: sessionMs / 1000 }
}

/** Who holds this access token now, and in which session. */
export async function findUserByAccessToken(db: Db, token: string): Promise<{ user: User; sessionId: string } | undefined> {
  const row = await queries.findUserByAccessToken(db, digestToken(token))
  if (row === undefined) return undefined
  const { sessionId, lastSeenAt, ...user } = row
  if (Date.now() - lastSeenAt.getTime() > limits.sessionSeenEveryMs) await queries.touchSession(db, sessionId)
  return { user, sessionId }
}

export async function signOut(db: Db, user: User, sessionId: string): Promise<void> {
  await queries.deleteSession(db, user.id, sessionId)
}

export interface SessionEntry {
  id: string
  user_agent: string | null
  created_at: string
  last_seen_at: string
  /** The one that asks. */
  current: boolean
}

export async function listSessions(db: Db, user: User, currentId: string | undefined): Promise<SessionEntry[]> {
  const rows = await queries.selectSessions(db, user.id, limits.sessionsShownMax)
  return rows.map((row) => ({
    id: row.id, user_agent: row.userAgent, created_at: row.createdAt.toISOString(), last_seen_at: row.lastSeenAt.toISOString(), current: row.id === currentId,
  }))
}

/** Errors: `not_found`, also for a session of somebody else. */
export async function endSession(db: Db, user: User, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await queries.deleteSession(trx, user.id, id))) throw new AppError('not_found')
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'ended', kind: 'session', id, name: user.name })
  })
}

/** Ends all sessions but the one that asks; returns how many. */
export async function endOtherSessions(db: Db, user: User, currentId: string | undefined): Promise<number> {
  return await db.transaction().execute(async (trx) => {
    const ended = await queries.deleteSessions(trx, user.id, currentId ?? null)
    if (ended > 0) await noteChange(trx, { by: user, companyId: user.companyId, action: 'ended', kind: 'session', id: null, name: user.name, changes: { count: { from: ended, to: 0 } } })
    return ended
  })
}
