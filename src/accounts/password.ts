import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import { attemptKey, countAttempt, forgetAttempts, networkOf } from './attempts.ts'
import * as queries from './queries.ts'
import type { Credentials } from './queries.ts'

/** Compared with when the e-mail is unknown, so that the time of the answer does not tell which e-mails exist. */
const unknownUserHash = hash(randomBytes(16).toString('hex'))

/** Where somebody signs in from. */
export interface Visitor {
  address: string
  userAgent: string | null
}

/** Errors: `invalid_credentials`, `company_inactive`, `too_many_attempts`. */
export async function checkPassword(db: Db, options: { email: string; password: string; visitor: Visitor }): Promise<Credentials> {
  const email = options.email.trim().toLowerCase()
  const network = networkOf(options.visitor.address)
  const key = attemptKey('sign-in', email, network)
  await countAttempt(db, attemptKey('network', network), { max: limits.networkLoginsMax, windowMs: limits.networkLoginsMs })
  // By account and network: strangers elsewhere cannot keep anybody out, and an unknown e-mail is locked just the same.
  await countAttempt(db, key, { max: limits.loginFailuresMax, windowMs: limits.loginLockMs })
  const found = await queries.findCredentials(db, { email })
  const matches = await verify(found?.passwordHash ?? (await unknownUserHash), options.password)
  if (found === undefined || !matches) throw new AppError('invalid_credentials')
  await forgetAttempts(db, key)
  if (found.companyStatus === 'inactive') throw new AppError('company_inactive')
  return found
}

/** Whether this is the password of a signed-in person, before something that a passer-by must not do. Errors: `wrong_password`, `too_many_attempts`. */
export async function confirmPassword(db: Db, userId: number, password: string): Promise<Credentials> {
  const key = attemptKey('confirm', String(userId))
  await countAttempt(db, key, { max: limits.loginFailuresMax, windowMs: limits.loginLockMs })
  const found = await queries.findCredentials(db, { id: userId })
  if (found === undefined || !(await verify(found.passwordHash, password))) throw new AppError('wrong_password', { details: { field: 'password' } })
  await forgetAttempts(db, key)
  return found
}

/** Nobody waits any longer: after a reset, whoever owns the account has proved it. */
export async function forgetFailedSignIns(db: Db, user: { id: number; email: string }): Promise<void> {
  await forgetAttempts(db, attemptKey('sign-in', user.email))
  await forgetAttempts(db, attemptKey('confirm', String(user.id)))
  await forgetAttempts(db, attemptKey('code', String(user.id)))
}
