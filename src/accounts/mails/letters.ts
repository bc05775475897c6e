import { html } from '../../lib/html/html.ts'
import type { MailMessage } from '../../lib/mail.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { MailKind } from './queries.ts'

/** A whole letter: plain text, and the same as HTML with the link as a button. Names in it are anybody's words. */
export function writeLetter(kind: MailKind, language: Language, options: { to: string; link: string | null; values: Record<string, unknown> }): MailMessage {
  const words = wordsIn(language).mails
  const letter = words[kind]
  const subject = fill(letter.subject, options.values).replace(/\s+/g, ' ')
  const text = fill(letter.text, options.values)
  const { link } = options
  return {
    to: options.to,
    subject,
    text: [text, ...(link === null ? [] : [`${letter.button}:\n${link}`]), letter.after].filter((part) => part !== '').join('\n\n'),
    html: html`<!doctype html><html lang="${language}"><body style="margin:0;padding:24px;background:#f6f5f2;color:#1b1a20;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:480px;margin:0 auto;padding:28px;border-radius:14px;background:#fff">
<p style="margin:0 0 20px;font-weight:800;letter-spacing:.04em">ARV</p>
<p style="margin:0 0 20px">${text}</p>
${link !== null && html`<p style="margin:0 0 20px"><a href="${link}" style="display:inline-block;padding:12px 20px;border-radius:11px;background:#3344b8;color:#fff;text-decoration:none">${letter.button}</a></p>
<p style="margin:0 0 20px;color:#625f6b;font-size:14px;word-break:break-all">${link}</p>`}
<p style="margin:0;color:#625f6b;font-size:14px">${letter.after}</p>
</div></body></html>`.text,
  }
}
