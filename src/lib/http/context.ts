import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Assets } from '../assets/assets.ts'
import type { Html } from '../html/html.ts'
import { themes } from '../html/layout.ts'
import type { PageContext, Theme } from '../html/layout.ts'
import type { MenuRole } from '../html/menu.ts'
import { readLanguage, readParameter, rememberLanguage } from './language.ts'

/** Where browsers learn which pages they may fetch before they are asked for. */
export const speculationRulesPath = '/speculation-rules.json'

/**
 * A page that a link under the pointer leads to is fetched before the click. Not those that choose a language or colours, for asking
 * for them is choosing, and no files.
 */
export const speculationRules = {
  prefetch: [{
    where: { and: [{ href_matches: '/admin/*' }, { not: { selector_matches: '[rel~=nofollow], [download]' } }] },
    eagerness: 'moderate',
  }],
}

const yearSeconds = 365 * 24 * 60 * 60

/** What a page needs to know of its reader. */
export function readPageContext(request: FastifyRequest & { user?: { email: string; name: string; role: MenuRole } }, assets: Assets): PageContext {
  return { language: readLanguage(request), theme: readTheme(request), user: request.user ?? null, path: request.url, assets: (name) => assets.url(name) }
}

/** Answers with a page, and keeps what `?lang=` and `?theme=` chose. */
export async function sendPage(request: FastifyRequest & { user?: unknown }, reply: FastifyReply, page: Html): Promise<FastifyReply> {
  rememberLanguage(request, reply)
  const theme = readParameter(request, 'theme')
  if (theme !== null && themes.includes(theme as Theme)) reply.setCookie('theme', theme, { path: '/', maxAge: yearSeconds, sameSite: 'lax' })
  if (request.user !== undefined) reply.header('speculation-rules', `"${speculationRulesPath}"`)
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache')
  return await reply.type('text/html; charset=utf-8').send(page.text)
}

function readTheme(request: FastifyRequest): Theme {
  return ([readParameter(request, 'theme'), request.cookies?.theme].find((value) => themes.includes(value as Theme)) as Theme | undefined) ?? 'system'
}
