import type { Db, Trx } from '../../lib/db/db.ts'
import { enqueueJob } from '../../lib/queue/queue.ts'
import { limits } from '../../limits.ts'
import * as queries from './queries.ts'
import type { MailKind, NewMail } from './queries.ts'

export const mailJobName = 'send-mail'

export interface MailView {
  id: number
  kind: MailKind
  recipient: string
  status: 'waiting' | 'sent' | 'failed'
  failures: number
  /** What the mail server said last. */
  problem: string | null
  created_at: string
  sent_at: string | null
}

/** Notes a mail and queues it, as part of `trx`. What it says, and the link in it, are made when it is sent. */
export async function sendMailLater(trx: Trx, mail: NewMail): Promise<void> {
  const id = await queries.insertMail(trx, mail)
  await enqueueJob(trx, { name: mailJobName }, { mailId: id })
}

/** The newest mails, for administrators. */
export async function listMails(db: Db): Promise<MailView[]> {
  const rows = await queries.selectMails(db, limits.mailsShownMax)
  return rows.map((row) => ({
    id: row.id, kind: row.kind, recipient: row.recipient, status: row.status, failures: row.failures, problem: row.problem,
    created_at: row.createdAt.toISOString(), sent_at: row.sentAt?.toISOString() ?? null,
  }))
}

/** How many mails of the last day did not go out for good. */
export async function countFailedMails(db: Db): Promise<number> {
  return await queries.countFailedMails(db)
}
