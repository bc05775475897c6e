import { once } from 'node:events'
import net from 'node:net'
import { SMTPServer } from 'smtp-server'
import { waitFor } from './factories.ts'

export interface Letter {
  to: string
  from: string
  /** As it came, headers and all parts, quoted-printable undone. */
  text: string
}

export interface Mailbox {
  url: string
  letters: Letter[]
  /** What the next mails are answered, instead of being taken: an SMTP code. */
  refuse: { code: number; times: number; at: 'recipient' | 'data' } | undefined
  /** The newest letter to somebody, once it came. */
  letterTo(recipient: string): Promise<Letter>
  /** The link in the newest letter to somebody. */
  linkTo(recipient: string): Promise<string>
  close(): Promise<void>
}

/** A mail server that keeps what it gets. */
export async function openMailbox(): Promise<Mailbox> {
  const letters: Letter[] = []
  const answer = (at: 'recipient' | 'data') => {
    const { refuse } = mailbox
    if (refuse === undefined || refuse.at !== at || refuse.times-- <= 0) return undefined
    return Object.assign(new Error('mailbox says no'), { responseCode: refuse.code })
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo: (_address, _session, done) => done(answer('recipient')),
    onData: (stream, session, done) => {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
        const refusal = answer('data')
        if (refusal === undefined) {
          const { mailFrom, rcptTo } = session.envelope
          letters.push({ to: rcptTo[0].address, from: mailFrom === false ? '' : mailFrom.address, text: decode(Buffer.concat(pieces).toString('utf8')) })
        }
        done(refusal)
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as net.AddressInfo
  const letterTo = async (recipient: string) => (await waitFor(`a letter to ${recipient}`, () => Promise.resolve(letters.filter((letter) => letter.to === recipient).at(-1)), (letter) => letter !== undefined))!
  const mailbox: Mailbox = {
    url: `smtp://127.0.0.1:${port}`,
    letters,
    refuse: undefined,
    letterTo,
    linkTo: async (recipient) => /https?:\/\/\S+\/admin\/\w+\?token=[\w-]+/.exec((await letterTo(recipient)).text)?.[0] ?? '',
    close: async () => await new Promise((resolve) => server.close(() => resolve())),
  }
  return mailbox
}

/** A server that takes connections and never says a word. */
export async function openSilence(): Promise<{ url: string; close(): void }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => void sockets.add(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Quoted-printable and base64 bodies as text. */
function decode(raw: string): string {
  return raw
    .replace(/\?=\s+=\?UTF-8\?B\?/gi, '').replace(/=\?UTF-8\?B\?([^?]+)\?=/gi, (_, word: string) => Buffer.from(word, 'base64').toString('utf8'))
    .replace(/=\r?\n/g, '').replace(/((?:=[0-9A-F]{2})+)/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'))
    .replace(/base64\r?\n\r?\n([A-Za-z0-9+/=\r\n]+)/g, (_, body: string) => Buffer.from(body, 'base64').toString('utf8'))
}
