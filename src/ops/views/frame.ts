import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { wordsIn } from '../../words/words.ts'

export const performanceTabs = { overview: '/admin/performance', cache: '/admin/performance/cache', profile: '/admin/performance/profile', health: '/admin/performance/health' } as const
export type PerformanceTab = keyof typeof performanceTabs

/** What the four performance pages have in common. */
export function performancePage(context: PageContext, tab: PerformanceTab, main: Html): Html {
  const words = wordsIn(context.language).performance
  return page(context, {
    title: tab === 'overview' ? words.title : `${words.tabs[tab]} · ${words.title}`,
    script: 'performance.js',
    main: html`<div class="page-head"><h1>${words.title}</h1></div>
    <nav class="tabs" aria-label="${words.tabsLabel}">${(Object.keys(performanceTabs) as PerformanceTab[]).map((name) =>
      html`<a class="tab" href="${performanceTabs[name]}"${name === tab && html` aria-current="page"`}>${words.tabs[name]}</a>`)}</nav>
    ${main}`,
  })
}

/** Bytes for people, in binary units: “12.4 MiB”. */
export function bytesWords(language: 'en' | 'ru', bytes: number): string {
  const units = language === 'en' ? ['B', 'KiB', 'MiB', 'GiB', 'TiB'] : ['Б', 'КиБ', 'МиБ', 'ГиБ', 'ТиБ']
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** step
  return `${numberWords(language, value, value < 100 && step > 0 ? 1 : 0)} ${units[step]}`
}

export function numberWords(language: 'en' | 'ru', value: number, digits = 0): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)
}

/** Data for the page's script. */
export function pageData(id: string, data: unknown): { id: string; json: string } {
  return { id, json: JSON.stringify(data).replaceAll('<', '\\u003c') }
}
