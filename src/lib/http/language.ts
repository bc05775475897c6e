import type { FastifyReply, FastifyRequest } from 'fastify'
import { languages, preferredLanguage } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

const yearSeconds = 365 * 24 * 60 * 60

/** The reader's language: `?lang=` first, then their earlier choice, then what the browser asks for. */
export function readLanguage(request: FastifyRequest): Language {
  const chosen = [readParameter(request, 'lang'), request.cookies?.lang].find((value) => languages.includes(value as Language))
  return (chosen as Language | undefined) ?? preferredLanguage(request.headers['accept-language'])
}

/** Keeps a choice made by `?lang=` for later pages. */
export function rememberLanguage(request: FastifyRequest, reply: FastifyReply): void {
  const lang = readParameter(request, 'lang')
  if (lang !== null && languages.includes(lang as Language)) reply.setCookie('lang', lang, { path: '/', maxAge: yearSeconds, sameSite: 'lax' })
}

/** Reads the address itself: a route's schema keeps only the parameters that it names. */
export function readParameter(request: FastifyRequest, name: string): string | null {
  const start = request.url.indexOf('?')
  return start < 0 ? null : new URLSearchParams(request.url.slice(start)).get(name)
}
