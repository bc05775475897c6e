import { wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { icon, mark } from './icons.ts'
import { mainMenu } from './menu.ts'
import type { MenuRole } from './menu.ts'

export type Theme = 'system' | 'light' | 'dark'
export const themes: readonly Theme[] = ['system', 'light', 'dark']

/** What every page knows of its reader and its place. */
export interface PageContext {
  language: Language
  theme: Theme
  /** Who is signed in; null for a stranger. */
  user: { email: string; name?: string | null; role?: MenuRole } | null
  /** Path and query of this page, e.g. `/admin/content?page=2`. */
  path: string
  /** The address of a built browser file. */
  assets: (name: 'admin.js' | 'admin.css' | 'performance.js') => string
}

export interface PageOptions {
  title: string
  main: Html
  /** Without header menu, centred: sign-in and errors. */
  plain?: boolean
  /** A script for this page besides those of all. */
  script?: 'performance.js'
  /** Dialogs and the like, outside of `<main>`. */
  after?: Html
}

/** A whole HTML document. `?lang=` and `?theme=` links set their cookie on the server, so both work without a script. */
export function page(context: PageContext, options: PageOptions): Html {
  const words = wordsIn(context.language).admin
  const title = options.title === words.name ? words.name : `${options.title} · ${words.name}`
  return html`<!doctype html>
<html lang="${context.language}"${context.theme === 'system' ? '' : html` data-theme="${context.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"includeIndicatorCSS": false, "history": "reload"}'>
<title>${title}</title>
<link rel="icon" href="${favicon}">
<link rel="stylesheet" href="${context.assets('admin.css')}">
<script type="module" src="${context.assets('admin.js')}"></script>
${options.script && html`<script type="module" src="${context.assets(options.script)}"></script>`}
</head>
<body>
<a class="skip" href="#main">${words.skip}</a>
${header(context, options.plain)}
<main id="main" tabindex="-1" class="${options.plain ? 'main main-plain' : 'main'}">
${options.main}
</main>
${options.after}
<div id="toasts" class="toasts" role="status" aria-live="polite" data-copied="${words.copied}"
  data-copy-failed="${words.copyFailed}" data-offline="${words.offline}" data-search-word="${words.search}"></div>
</body>
</html>`
}

/** The same page's address with one parameter of its query set. */
export function withParameter(path: string, name: string, value: string | number): string {
  const url = new URL(path, 'http://page')
  url.searchParams.set(name, String(value))
  return url.pathname + url.search
}

function header(context: PageContext, plain: boolean | undefined): Html {
  const words = wordsIn(context.language).admin
  return html`<header class="header">
  <a class="brand" href="${context.user ? '/admin/content' : '/'}">${mark()}<span>${words.name}</span></a>
  ${context.user && !plain && mainMenu(context)}
  <div class="header-end">
    ${settingsMenu(context)}
    ${context.user && accountMenu(context)}
    ${!context.user && !plain && html`<a class="button button-primary" href="/admin/login">${words.signIn}</a>`}
  </div>
</header>`
}

function settingsMenu(context: PageContext): Html {
  const words = wordsIn(context.language).admin
  return html`<details class="menu" data-menu>
      <summary class="button button-quiet button-icon" aria-label="${words.settings}"
        title="${words.settings}">${icon('settings')}</summary>
      <div class="menu-sheet">
        <p class="menu-title">${words.language}</p>
        ${choice(context, 'lang', 'en', 'English', context.language === 'en', 'en')}
        ${choice(context, 'lang', 'ru', 'Русский', context.language === 'ru', 'ru')}
        <p class="menu-title">${words.theme}</p>
        ${themes.map((theme) => choice(context, 'theme', theme, words.themes[theme], context.theme === theme))}
      </div>
    </details>`
}

function choice(context: PageContext, name: string, value: string, label: string, chosen: boolean, language?: string): Html {
  return html`<a class="menu-item" href="${withParameter(context.path, name, value)}" rel="nofollow" data-${name}="${value}"
          ${language && html` lang="${language}" hreflang="${language}"`}${chosen && html` aria-current="true"`}>
          <span>${label}</span>${icon('check')}</a>`
}

function accountMenu(context: PageContext): Html {
  const words = wordsIn(context.language).admin
  return html`<details class="menu" data-menu>
      <summary class="button button-quiet button-icon" aria-label="${words.account}" title="${words.account}">${icon('menu')}</summary>
      <div class="menu-sheet">
        <p class="menu-who">${context.user?.name && html`<strong>${context.user.name}</strong>`}<span>${context.user?.email}</span></p>
        <a class="menu-item" href="/admin/account">${words.myAccount}</a>
        ${context.user?.role === 'admin' && html`<a class="menu-item" href="/admin/performance">${wordsIn(context.language).performance.title}</a>`}
        <form method="post" action="/admin/logout"><button class="menu-item" type="submit">${words.signOut}</button></form>
      </div>
    </details>`
}

const favicon = 'data:image/svg+xml,' + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3344b8"/>' +
  '<path d="M12 9.500v13l10.500-6.500z" fill="#fff"/></svg>',
)
