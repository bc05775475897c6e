import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import { checkPassword } from './password.ts'
import type { Visitor } from './password.ts'
import * as queries from './queries.ts'
import type { Credentials, User } from './queries.ts'
import { createToken, digestToken } from './secrets.ts'
import { openSession } from './sessions.ts'
import type { SignedIn } from './sessions.ts'
import { useCode } from './twofactor.ts'

/**
 * Checks the password, and the code where there is a second factor, and opens a session. Errors: `invalid_credentials`,
 * `two_factor_required` without a code, `invalid_code`, `company_inactive`; `too_many_attempts` for a while after
 * `limits.loginFailuresMax` wrong passwords from one network, whether the e-mail exists or not.
 */
export async function signIn(db: Db, options: { email: string; password: string; code?: string | undefined; visitor: Visitor }): Promise<SignedIn> {
  const found = await checkPassword(db, options)
  if (found.totpConfirmedAt !== null) {
    if (options.code === undefined || options.code === '') throw new AppError('two_factor_required')
    await useCode(db, found.id, options.code)
  }
  return await openSession(db, presentUser(found), options.visitor)
}

/** The first of two steps for pages. Without a second factor the session opens at once. Errors: as `signIn`. */
export async function beginSignIn(db: Db, options: { email: string; password: string; visitor: Visitor }): Promise<{ signedIn: SignedIn } | { step: string }> {
  const found = await checkPassword(db, options)
  if (found.totpConfirmedAt === null) return { signedIn: await openSession(db, presentUser(found), options.visitor) }
  const step = createToken()
  await queries.insertLink(db, { sha256: digestToken(step), kind: 'second-step', userId: found.id, expiresAt: new Date(Date.now() + limits.secondStepMs) })
  return { step }
}

/** The second step: a code of the app, or a recovery code. Errors: `link_ended` when the first was too long ago, `invalid_code`, `too_many_attempts`. */
export async function finishSignIn(db: Db, options: { step: string; code: string; visitor: Visitor }): Promise<SignedIn> {
  const link = await queries.findLink(db, 'second-step', digestToken(options.step))
  const found = link === undefined ? undefined : await queries.findCredentials(db, { id: link.userId })
  if (found === undefined) throw new AppError('link_ended')
  await useCode(db, found.id, options.code)
  await queries.takeLink(db, 'second-step', digestToken(options.step))
  return await openSession(db, presentUser(found), options.visitor)
}

function presentUser(found: Credentials): User {
  return { id: found.id, email: found.email, name: found.name, role: found.role, companyId: found.companyId }
}
