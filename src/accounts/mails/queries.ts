import type { Db, Trx } from '../../lib/db/db.ts'
import { sql } from '../../lib/db/db.ts'
import type { MailsTable } from '../../lib/db/tables.generated.ts'
import type { Language } from '../../words/words.ts'

export type MailKind = MailsTable['kind']

export interface NewMail {
  kind: MailKind
  recipient: string
  language: Language
  companyId?: number | null
  userId?: number | null
  invitationId?: number | null
}

export async function insertMail(trx: Trx, mail: NewMail): Promise<number> {
  const row = await trx.insertInto('mails').values(mail).returning('id').executeTakeFirstOrThrow()
  return row.id
}

export async function findMail(db: Db, id: number) {
  return await db.selectFrom('mails')
    .leftJoin('invitations', 'invitations.id', 'mails.invitationId')
    .leftJoin('companies', 'companies.id', 'mails.companyId')
    .leftJoin('users as inviter', 'inviter.id', 'invitations.invitedBy')
    .select(['mails.id', 'mails.kind', 'mails.recipient', 'mails.language', 'mails.userId', 'mails.invitationId', 'mails.status', 'mails.failures', 'companies.name as companyName', 'inviter.name as inviterName'])
    .where('mails.id', '=', id).executeTakeFirst()
}

export async function markMailSent(db: Db, id: number): Promise<void> {
  await db.updateTable('mails').set({ status: 'sent', sentAt: sql<Date>`now()`, problem: null }).where('id', '=', id).execute()
}

export async function noteMailFailure(trx: Trx, id: number, failure: { problem: string; isFinal: boolean }): Promise<void> {
  await trx.updateTable('mails').set({ failures: sql<number>`failures + 1`, problem: failure.problem, status: failure.isFinal ? 'failed' : 'waiting' }).where('id', '=', id).execute()
}

export async function selectMails(db: Db, limit: number) {
  return await db.selectFrom('mails').select(['id', 'kind', 'recipient', 'status', 'failures', 'problem', 'createdAt', 'sentAt']).orderBy('createdAt', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** Of the last day, so that what was mended long ago alarms nobody. */
export async function countFailedMails(db: Db): Promise<number> {
  const row = await db.selectFrom('mails').select((expression) => expression.fn.countAll<number>().as('total')).where('status', '=', 'failed').where('createdAt', '>', sql<Date>`now() - interval '1 day'`).executeTakeFirstOrThrow()
  return Number(row.total)
}
