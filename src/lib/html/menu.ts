import { wordsIn } from '../../words/words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { icon } from './icons.ts'
import type { IconName } from './icons.ts'
import type { PageContext } from './layout.ts'

export type MenuRole = 'viewer' | 'editor' | 'manager' | 'admin'

interface MenuEntry {
  href: string
  word: MenuWord
  icon: IconName
  /** Who sees it at least. */
  role: MenuRole
}

type MenuWord = 'orders' | 'newOrder' | 'statistics' | 'projects' | 'people' | 'companies' | 'audit' | 'mails'

/** What always stands in the header. */
const mainEntries: readonly MenuEntry[] = [
  { href: '/admin/content', word: 'orders', icon: 'order', role: 'viewer' },
  { href: '/admin/content/new', word: 'newOrder', icon: 'add', role: 'editor' },
  { href: '/admin/statistics', word: 'statistics', icon: 'chart', role: 'viewer' },
]

/** What opens below “Studio”. A new page gets its line here. */
const moreEntries: readonly MenuEntry[] = [
  { href: '/admin/projects', word: 'projects', icon: 'folder', role: 'viewer' },
  { href: '/admin/companies', word: 'companies', icon: 'company', role: 'manager' },
  { href: '/admin/people', word: 'people', icon: 'people', role: 'manager' },
  { href: '/admin/audit', word: 'audit', icon: 'list', role: 'manager' },
  { href: '/admin/mails', word: 'mails', icon: 'mail', role: 'admin' },
]

const order: readonly MenuRole[] = ['viewer', 'editor', 'manager', 'admin']

/** The main menu: what this reader's role may open. */
export function mainMenu(context: PageContext): Html {
  const words = wordsIn(context.language).admin
  const role = context.user?.role ?? 'viewer'
  const mine = (entries: readonly MenuEntry[]) => entries.filter((entry) => order.indexOf(role) >= order.indexOf(entry.role))
  const here = findHere(context.path, [...mainEntries, ...moreEntries])
  const isMore = moreEntries.some((entry) => entry === here)
  return html`<nav class="menu-main" aria-label="${words.mainMenu}">
    ${mine(mainEntries).map((entry) => html`<a class="menu-link" href="${entry.href}"${entry === here && html` aria-current="page"`}>
      ${icon(entry.icon)}<span>${words[entry.word]}</span></a>`)}
    <details class="menu" data-menu>
      <summary class="menu-link"${isMore && html` aria-current="true"`}>${icon('menu_lines')}<span>${words.more}</span></summary>
      <div class="menu-sheet menu-sheet-start">
        ${mine(moreEntries).map((entry) => html`<a class="menu-item menu-item-icon" href="${entry.href}"${entry === here && html` aria-current="page"`}>
          ${icon(entry.icon)}<span>${words[entry.word]}</span></a>`)}
      </div>
    </details>
  </nav>`
}

/** The entry with the longest address that this page lies under; a single order lies under no list. */
function findHere(path: string, entries: readonly MenuEntry[]): MenuEntry | undefined {
  const address = path.split('?')[0].replace(/\/$/, '')
  const isOrder = /^\/admin\/content\/\d+/.test(address)
  return entries.filter(({ href }) => address === href || (!isOrder && address.startsWith(`${href}/`))).sort((a, b) => b.href.length - a.href.length)[0]
}
