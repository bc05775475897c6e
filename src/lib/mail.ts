import nodemailer from 'nodemailer'
import { limits } from '../limits.ts'

export interface MailMessage {
  to: string
  subject: string
  text: string
  /** Self-contained: no pictures of ours, no scripts. */
  html: string
}

export interface Mailer {
  /** Whether there is a server to send by. Without one, links are shown to those who may pass them on. */
  readonly isConfigured: boolean
  /** Resolves when the mail server has taken it. Errors: MailError, also when `signal` ends the wait. */
  send(message: MailMessage, signal?: AbortSignal): Promise<void>
}

/** Why a mail did not go out, in the mail server's words. `isPermanent`: trying again is of no use. */
export class MailError extends Error {
  readonly isPermanent: boolean
  constructor(message: string, options: { isPermanent: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'MailError'
    this.isPermanent = options.isPermanent
  }
}

/** Sends by the SMTP server at `url` (`smtp://` or `smtps://`, with name and password in it); `timeoutMs` bounds one mail in all. */
export function createMailer(options: { url: string | undefined; from: string; timeoutMs?: number }): Mailer {
  const { url, from, timeoutMs = limits.mailTimeoutMs } = options
  if (url === undefined) return { isConfigured: false, send: () => Promise.reject(new MailError('no mail server is set', { isPermanent: true })) }
  return {
    isConfigured: true,
    send: async (message, signal) => {
      // A connection for each: mails are few, and one that hangs holds up no other.
      const transport = nodemailer.createTransport({ url, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs })
      const deadline = Promise.withResolvers<never>()
      const timer = setTimeout(() => deadline.reject(new MailError(`the mail server did not answer within ${Math.round(timeoutMs / 1000)} s`, { isPermanent: false })), timeoutMs)
      const abort = () => deadline.reject(new MailError('stopped', { isPermanent: false, cause: signal?.reason }))
      signal?.addEventListener('abort', abort, { once: true })
      try {
        await Promise.race([transport.sendMail({ from, ...message, disableFileAccess: true, disableUrlAccess: true }), deadline.promise])
      } catch (error) {
        throw toMailError(error)
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        transport.close()
      }
    },
  }
}

function toMailError(error: unknown): MailError {
  if (error instanceof MailError) return error
  const { message = 'unknown', responseCode, code } = error as { message?: string; responseCode?: number; code?: string }
  // 5xx after the greeting is about this mail; a wrong password or name of the server can be set right, so it is tried again.
  const isPermanent = code === 'EENVELOPE' && responseCode !== undefined && responseCode >= 500
  return new MailError(message.replace(/\s+/g, ' ').slice(0, 300), { isPermanent, cause: error })
}
