import type { FastifyReply, FastifyRequest } from 'fastify'
import { languages, preferredLanguage } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

const yearSeconds = 365 * 24 * 60 * 60

/** The reader's language: `?lang=` first, then their earlier choice, then what the browser asks for. */
export function readLanguage(request: FastifyRequest): Language {
  const query = request.query as Record<string, unknown> | undefined
  const chosen = [query?.lang, request.cookies?.lang].find((value) => languages.includes(value as Language))
  return (chosen as Language | undefined) ?? preferredLanguage(request.headers['accept-language'])
}

/** Keeps a choice made by `?lang=` for later pages. */
export function rememberLanguage(request: FastifyRequest, reply: FastifyReply): void {
  const lang = (request.query as Record<string, unknown> | undefined)?.lang
  if (languages.includes(lang as Language)) reply.setCookie('lang', lang as string, { path: '/', maxAge: yearSeconds, sameSite: 'lax' })
}
