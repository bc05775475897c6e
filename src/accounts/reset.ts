import { hash } from '@node-rs/argon2'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { isUniqueViolation } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import { enqueueJob } from '../lib/queue/queue.ts'
import { limits } from '../limits.ts'
import type { Language } from '../words/words.ts'
import { attemptKey, countAttempt, networkOf } from './attempts.ts'
import { noteChange } from './audit.ts'
import { sendMailLater } from './mails/mails.ts'
import { confirmPassword, forgetFailedSignIns } from './password.ts'
import { findPerson, updatePerson } from './people/queries.ts'
import * as queries from './queries.ts'
import type { User } from './queries.ts'
import { createToken, digestToken } from './secrets.ts'

export const resetJobName = 'start-password-reset'

/** Asks for a link to a new password. It does the same whether the e-mail is known or not. Errors: `mail_not_configured`, `too_many_attempts`. */
export async function askPasswordReset(app: Pick<App, 'db' | 'mail'>, options: { email: string; address: string; language: Language }): Promise<void> {
  if (!app.mail.isConfigured) throw new AppError('mail_not_configured')
  const email = options.email.trim().toLowerCase()
  await countAttempt(app.db, attemptKey('reset-network', networkOf(options.address)), { max: limits.resetsPerNetworkMax, windowMs: limits.resetsMs })
  await countAttempt(app.db, attemptKey('reset', email), { max: limits.resetsPerEmailMax, windowMs: limits.resetsMs })
  await enqueueJob(app.db, { name: resetJobName }, { email, language: options.language })
}

/** The job behind it: a mail to whom it concerns, if to anybody. */
export async function startPasswordReset(db: Db, email: string, language: Language): Promise<void> {
  const found = await queries.findCredentials(db, { email })
  if (found === undefined || found.companyStatus === 'inactive') return
  await db.transaction().execute(async (trx) => {
    await sendMailLater(trx, { kind: 'reset-password', recipient: found.email, language: found.language ?? language, userId: found.id, companyId: found.companyId })
  })
}

export async function createResetLink(db: Db, userId: number, publicUrl: string): Promise<string> {
  const token = createToken()
  await queries.insertLink(db, { sha256: digestToken(token), kind: 'reset-password', userId, expiresAt: new Date(Date.now() + limits.resetLinkMs) })
  return `${publicUrl}/admin/reset?token=${token}`
}

/** Whether the link still works. Errors: `link_ended`. */
export async function checkResetLink(db: Db, token: string): Promise<void> {
  if ((await queries.findLink(db, 'reset-password', digestToken(token))) === undefined) throw new AppError('link_ended')
}

/** Sets a new password and ends every session. The link works once. Errors: `link_ended`. */
export async function finishPasswordReset(db: Db, options: { token: string; password: string }): Promise<void> {
  await checkResetLink(db, options.token)
  const passwordHash = await hash(options.password)
  const user = await db.transaction().execute(async (trx) => {
    const link = await queries.takeLink(trx, 'reset-password', digestToken(options.token))
    const found = link === undefined ? undefined : await queries.findCredentials(trx, { id: link.userId })
    if (found === undefined) throw new AppError('link_ended')
    await queries.updatePassword(trx, found.id, passwordHash)
    await queries.deleteSessions(trx, found.id, null)
    await queries.deleteLinks(trx, found.id)
    await noteChange(trx, { by: found, companyId: found.companyId, action: 'changed', kind: 'password', id: found.id, name: found.name })
    return found
  })
  await forgetFailedSignIns(db, user)
}

/** Changes one's own password and ends the other sessions. Errors: `wrong_password`. */
export async function changePassword(db: Db, user: User, options: { current: string; password: string; sessionId: string | undefined }): Promise<void> {
  await confirmPassword(db, user.id, options.current)
  const passwordHash = await hash(options.password)
  await db.transaction().execute(async (trx) => {
    await queries.updatePassword(trx, user.id, passwordHash)
    await queries.deleteSessions(trx, user.id, options.sessionId ?? null)
    await queries.deleteLinks(trx, user.id)
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'changed', kind: 'password', id: user.id, name: user.name })
  })
}

/**
 * Asks for another e-mail: it counts once the link sent to it was opened; without a mail server at once. Answers alike when the
 * address belongs to somebody else, who is written to instead. Errors: `wrong_password`; without a mail server `email_taken`.
 */
export async function askEmailChange(app: Pick<App, 'db' | 'mail'>, user: User, options: { email: string; password: string; language: Language }): Promise<{ changed: boolean }> {
  const { db } = app
  const found = await confirmPassword(db, user.id, options.password)
  const email = options.email.toLowerCase()
  if (!app.mail.isConfigured) {
    await changeEmail(db, user.id, email)
    return { changed: true }
  }
  const isTaken = (await findPerson(db, { email })) !== undefined
  await countAttempt(db, attemptKey('reset', email), { max: limits.resetsPerEmailMax, windowMs: limits.resetsMs })
  await db.transaction().execute(async (trx) => {
    await sendMailLater(trx, { kind: isTaken ? 'email-taken' : 'change-email', recipient: email, language: found.language ?? options.language, userId: user.id, companyId: user.companyId })
  })
  return { changed: false }
}

export async function createEmailLink(db: Db, userId: number, email: string, publicUrl: string): Promise<string> {
  const token = createToken()
  await queries.insertLink(db, { sha256: digestToken(token), kind: 'change-email', userId, email, expiresAt: new Date(Date.now() + limits.emailLinkMs) })
  return `${publicUrl}/admin/email?token=${token}`
}

/** The link was opened: returns the new e-mail. It works once. Errors: `link_ended`, `email_taken`. */
export async function finishEmailChange(db: Db, token: string): Promise<string> {
  const link = await queries.takeLink(db, 'change-email', digestToken(token))
  if (link?.email == null) throw new AppError('link_ended')
  await changeEmail(db, link.userId, link.email)
  return link.email
}

async function changeEmail(db: Db, userId: number, email: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, { id: userId })
    if (person === undefined) throw new AppError('link_ended')
    await updatePerson(trx, userId, person.version, { email })
    await queries.deleteLinks(trx, userId)
    await noteChange(trx, { by: person, companyId: person.companyId, action: 'changed', kind: 'email', id: userId, name: person.name })
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, 'users_email_key') ? new AppError('email_taken', { details: { field: 'email', email }, cause: error }) : error
  })
}
