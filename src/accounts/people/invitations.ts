import { hash } from '@node-rs/argon2'
import type { App } from '../../app.ts'
import { AppError } from '../../errors.ts'
import { isUniqueViolation } from '../../lib/db/db.ts'
import type { Db } from '../../lib/db/db.ts'
import { limits } from '../../limits.ts'
import type { Language } from '../../words/words.ts'
import { attemptKey, countAttempt } from '../attempts.ts'
import { noteChange } from '../audit.ts'
import { sendMailLater } from '../mails/mails.ts'
import type { Visitor } from '../password.ts'
import { insertUser } from '../queries.ts'
import type { User } from '../queries.ts'
import type { Role } from '../roles.ts'
import { createToken, digestToken } from '../secrets.ts'
import { openSession } from '../sessions.ts'
import type { SignedIn } from '../sessions.ts'
import * as queries from './queries.ts'
import type { InvitationRow } from './queries.ts'

const dayMs = 24 * 60 * 60 * 1000

export interface InvitationView {
  id: number
  company_id: number | null
  company_name: string | null
  email: string
  role: Role
  invited_by: string | null
  created_at: string
  expires_at: string
  /** How its e-mail fares; null when none is sent. */
  mail: { status: string; problem: string | null } | null
}

/**
 * Invites somebody to a company, or (`companyId` null) to the platform's administrators. They get a link by e-mail; without a mail
 * server the inviter gets it, this once. Errors: `not_found`, `forbidden`, `email_taken` for who is there already, `too_many_attempts`.
 */
export async function invite(
  app: Pick<App, 'db' | 'mail' | 'publicUrl'>, inviter: User, options: { companyId: number | null; email: string; role: Role; language: Language },
): Promise<InvitationView & { link: string | null }> {
  const { db } = app
  const { companyId, role } = options
  const email = options.email.toLowerCase()
  if (inviter.companyId !== null && companyId !== inviter.companyId) throw new AppError('not_found')
  if ((role === 'admin') !== (companyId === null)) throw new AppError('role_of_platform')
  const company = companyId === null ? undefined : await queries.findCompanyOf(db, companyId)
  if (companyId !== null && company === undefined) throw new AppError('not_found')
  // Of other companies' people a company is told nothing: the invited one will hear that the address is taken.
  const known = await queries.findPerson(db, { email })
  if (known !== undefined && (inviter.companyId === null || known.companyId === inviter.companyId)) throw new AppError('email_taken', { details: { field: 'email', email } })
  await countAttempt(db, attemptKey('invite', String(companyId)), { max: limits.invitationsPerCompanyMax, windowMs: limits.invitationsMs })
  const id = await db.transaction().execute(async (trx) => {
    const made = await queries.insertInvitation(trx, { companyId, email, role, language: options.language, invitedBy: inviter.id, expiresAt: invitationEnd() })
    await noteChange(trx, { by: inviter, companyId, action: 'invited', kind: 'person', id: made, name: email, changes: { role: { from: null, to: role } } })
    if (app.mail.isConfigured) await sendMailLater(trx, { kind: 'invitation', recipient: email, language: options.language, companyId, invitationId: made })
    return made
  })
  const link = app.mail.isConfigured ? null : await createInvitationLink(db, id, app.publicUrl)
  return { ...presentInvitation((await queries.findInvitation(db, id))!), link }
}

/** A new link, which makes the earlier one void and lives as long as a new invitation. Errors: `not_found` when it was withdrawn. */
export async function createInvitationLink(db: Db, id: number, publicUrl: string): Promise<string> {
  const token = createToken()
  if (!(await queries.updateInvitationToken(db, id, digestToken(token), invitationEnd()))) throw new AppError('not_found')
  return `${publicUrl}/admin/join?token=${token}`
}

/** Those of one company, of the platform (null), or all (undefined, for administrators). */
export async function listInvitations(db: Db, reader: User, companyId: number | null | undefined): Promise<InvitationView[]> {
  const rows = await queries.selectInvitationsOf(db, reader.companyId ?? companyId, limits.pageLimitMax)
  return rows.map(presentInvitation)
}

/** Errors: `not_found`, also for another company's. */
export async function withdrawInvitation(db: Db, reader: User, id: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const invitation = await queries.findInvitation(trx, id)
    if (invitation === undefined || (reader.companyId !== null && invitation.companyId !== reader.companyId)) throw new AppError('not_found')
    await queries.deleteInvitation(trx, id)
    await noteChange(trx, { by: reader, companyId: invitation.companyId, action: 'deleted', kind: 'invitation', id, name: invitation.email })
  })
}

/** What a link invites to. Errors: `link_ended`. */
export async function getInvitation(db: Db, token: string): Promise<InvitationView> {
  const invitation = await queries.findInvitationByToken(db, digestToken(token))
  if (invitation === undefined) throw new AppError('link_ended')
  return presentInvitation(invitation)
}

/** Makes the account and signs it in. The link works once. Errors: `link_ended`, `email_taken`. */
export async function acceptInvitation(db: Db, options: { token: string; name: string; password: string; visitor: Visitor }): Promise<SignedIn> {
  await getInvitation(db, options.token)
  const passwordHash = await hash(options.password)
  const user = await db.transaction().execute(async (trx): Promise<User> => {
    const invitation = await queries.findInvitationByToken(trx, digestToken(options.token))
    if (invitation === undefined || !(await queries.deleteInvitation(trx, invitation.id))) throw new AppError('link_ended')
    const { email, role, companyId, language } = invitation
    const id = await insertUser(trx, { email, name: options.name, role, companyId, passwordHash, language })
    const person = { id, email, name: options.name, role, companyId }
    await noteChange(trx, { by: person, companyId, action: 'joined', kind: 'person', id, name: options.name, changes: { role: { from: null, to: role } } })
    return person
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, 'users_email_key') ? new AppError('email_taken', { details: { field: 'email' }, cause: error }) : error
  })
  return await openSession(db, user, options.visitor)
}

function invitationEnd(): Date {
  return new Date(Date.now() + limits.invitationDays * dayMs)
}

function presentInvitation(row: InvitationRow): InvitationView {
  return {
    id: row.id, company_id: row.companyId, company_name: row.companyName, email: row.email, role: row.role, invited_by: row.inviterName,
    created_at: row.createdAt.toISOString(), expires_at: row.expiresAt.toISOString(), mail: row.mail,
  }
}
