import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import * as queries from './queries.ts'
import type { User } from './queries.ts'

const dayMs = 24 * 60 * 60 * 1000

/** Compared with when the e-mail is unknown, so that the time of the answer does not tell which e-mails exist. */
const unknownUserHash = hash(randomBytes(16).toString('hex'))

export interface SignedIn {
  token: string
  expiresInSeconds: number
  user: User
}

/**
 * Checks the password and opens a session. Errors: `invalid_credentials`; `too_many_attempts` for a while after
 * `limits.loginFailuresMax` wrong passwords.
 */
export async function signIn(db: Db, options: { email: string; password: string; userAgent: string | null }): Promise<SignedIn> {
  const found = await queries.findCredentials(db, options.email.trim().toLowerCase())
  if (found?.lockedUntil != null && found.lockedUntil > new Date()) {
    throw new AppError('too_many_attempts', { details: { minutes: Math.ceil((found.lockedUntil.getTime() - Date.now()) / 60_000) } })
  }
  const matches = await verify(found?.passwordHash ?? (await unknownUserHash), options.password)
  if (found === undefined || !matches) {
    if (found !== undefined) await queries.countFailedSignIn(db, found.id, limits.loginFailuresMax, limits.loginLockMs)
    throw new AppError('invalid_credentials')
  }
  await queries.clearFailedSignIns(db, found.id)
  const token = randomBytes(32).toString('base64url')
  await queries.insertSession(db, {
    id: randomUUID(),
    userId: found.id,
    tokenSha256: digestToken(token),
    userAgent: options.userAgent?.slice(0, limits.userAgentCharsMax) ?? null,
    expiresAt: new Date(Date.now() + limits.sessionDays * dayMs),
  })
  const user: User = { id: found.id, email: found.email, name: found.name, role: found.role, companyId: found.companyId }
  return { token, expiresInSeconds: (limits.sessionDays * dayMs) / 1000, user }
}

export async function signOut(db: Db, token: string): Promise<void> {
  await queries.deleteSession(db, digestToken(token))
}

export async function findUserByToken(db: Db, token: string): Promise<User | undefined> {
  return await queries.findUserBySession(db, digestToken(token))
}

function digestToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}
