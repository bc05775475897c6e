import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { MailError } from '../lib/mail.ts'
import { enqueueJob } from '../lib/queue/queue.ts'
import type { Job } from '../lib/queue/queue.ts'
import { limits } from '../limits.ts'
import type { Language } from '../words/words.ts'
import { writeLetter } from './mails/letters.ts'
import { mailJobName } from './mails/mails.ts'
import * as mails from './mails/queries.ts'
import { createInvitationLink } from './people/invitations.ts'
import { createEmailLink, createResetLink, resetJobName, startPasswordReset } from './reset.ts'

type MailRow = NonNullable<Awaited<ReturnType<typeof mails.findMail>>>

const firstPauseMs = 5_000

const mailJob: Job<App, { mailId: number }> = {
  name: mailJobName,
  lane: 'mail',
  timeoutMs: limits.mailTimeoutMs * 2,
  run: async (app, { mailId }, signal) => {
    const mail = await mails.findMail(app.db, mailId)
    if (mail === undefined || mail.status !== 'waiting') return
    try {
      const link = await createLink(app, mail)
      await app.mail.send(writeLetter(mail.kind, mail.language, { to: mail.recipient, link, values: { company: mail.companyName ?? 'ARV', inviter: mail.inviterName ?? 'ARV' } }), signal)
    } catch (error) {
      // A stop of ours is no failure of the mail: the queue gives it out again.
      if (signal.aborted) throw error
      return await noteFailure(app, mail, error)
    }
    await mails.markMailSent(app.db, mail.id)
  },
}

/** Asked for by whoever typed an e-mail: it is looked up here, so that their answer takes as long in either case. */
const resetJob: Job<App, { email: string; language: Language }> = {
  name: resetJobName,
  lane: 'mail',
  timeoutMs: limits.mailTimeoutMs,
  run: async (app, { email, language }) => await startPasswordReset(app.db, email, language),
}

export const accountJobs: readonly Job<App, never>[] = [mailJob, resetJob]

/** Made for each try, and kept as a digest only. Errors: `not_found` when what it leads to is gone. */
async function createLink(app: App, mail: MailRow): Promise<string | null> {
  if (mail.kind === 'invitation' && mail.invitationId !== null) return await createInvitationLink(app.db, mail.invitationId, app.publicUrl)
  if (mail.kind === 'reset-password' && mail.userId !== null) return await createResetLink(app.db, mail.userId, app.publicUrl)
  if (mail.kind === 'change-email' && mail.userId !== null) return await createEmailLink(app.db, mail.userId, mail.recipient, app.publicUrl)
  return null
}

/** Tried again with growing pauses: 5 s, 20 s, 80 s, 5 min, 21 min. */
async function noteFailure(app: App, mail: MailRow, error: unknown): Promise<void> {
  const isPermanent = (error instanceof MailError && error.isPermanent) || error instanceof AppError
  const isFinal = isPermanent || mail.failures + 1 >= limits.mailFailuresMax
  const problem = error instanceof MailError ? error.message : error instanceof AppError ? error.code : 'internal'
  app.log[isFinal ? 'error' : 'warn']({ err: error, mail: mail.id }, 'a mail did not go out')
  await app.db.transaction().execute(async (trx) => {
    await mails.noteMailFailure(trx, mail.id, { problem, isFinal })
    if (!isFinal) await enqueueJob(trx, mailJob, { mailId: mail.id }, { runAt: new Date(Date.now() + firstPauseMs * 4 ** mail.failures) })
  })
}
