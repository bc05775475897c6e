import type { CacheStats } from '../../lib/cache/counters.ts'
import { cacheTypeNames } from '../../lib/cache/types.ts'
import type { Level } from '../../lib/cache/types.ts'
import { notice, progressBar } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, wordsIn } from '../../words/words.ts'
import { bytesWords, numberWords, performancePage } from './frame.ts'

export interface CacheModel {
  stats: CacheStats
  /** Tags that were forgotten just now. */
  flushed: string | null
  isWrong: boolean
}

const levelNames: readonly Level[] = ['memory', 'redis', 'disk']

/** `/admin/performance/cache`. Works without a script: the question before a flush is a `<details>`. */
export function cachePage(context: PageContext, model: CacheModel): Html {
  const words = wordsIn(context.language).performance.cache
  return performancePage(context, 'cache', html`<p class="lead">${words.lead}</p>
    ${model.flushed !== null && notice('done', html`<p>${fill(words.flushed, { tags: model.flushed })}</p>`, { alert: true })}
    ${model.isWrong && notice('problem', html`<p>${fill(words.flushWrong, { limit: limits.cacheTagCharsMax })}</p>`, { alert: true })}
    <div class="charts">${levelNames.map((level) => levelPanel(context, model.stats, level))}</div>
    <div class="charts charts-wide">${typesPanel(context, model.stats)}${topPanel(context, model.stats)}</div>
    ${flushPanel(context)}`)
}

function levelPanel(context: PageContext, stats: CacheStats, level: Level): Html {
  const { language } = context
  const words = wordsIn(language).performance.cache
  const found = stats.levels[level] as (Record<string, unknown> & { hits: number; misses: number }) | null
  const name = html`<h2>${words.levels[level]}</h2>`
  if (found === null) return html`<section class="panel level">${name}<p class="hint">${words.off}</p></section>`
  const asked = found.hits + found.misses
  const percent = asked === 0 ? null : 100 * found.hits / asked
  return html`<section class="panel level">${name}
    <p class="level-rate">${percent === null ? words.unasked : fill(words.hitRate, { percent: numberWords(language, percent, 1) })}</p>
    ${percent !== null && progressBar({ id: `hits-${level}`, share: percent / 100, label: words.levels[level] })}
    <p class="hint">${fill(words.hits, { hits: numberWords(language, found.hits), misses: numberWords(language, found.misses) })}</p>
    ${typeof found.bytes === 'number' && typeof found.bytes_max === 'number' && html`
      <p>${fill(words.bytes, { used: bytesWords(language, found.bytes), max: bytesWords(language, found.bytes_max) })}${typeof found.entries === 'number' && html` ·
      ${fill(words.entries, { count: numberWords(language, found.entries) })}`}</p>
      ${progressBar({ id: `bytes-${level}`, share: found.bytes / Math.max(1, found.bytes_max), label: fill(words.bytes, { used: '', max: '' }) })}`}
    ${typeof found.connected === 'boolean' && html`<p>${found.connected ? words.connected : words.away}</p>`}
  </section>`
}

function typesPanel(context: PageContext, stats: CacheStats): Html {
  const { language } = context
  const words = wordsIn(language).performance.cache
  return html`<section class="panel"><h2>${words.types}</h2><ol class="shares">${cacheTypeNames.map((type) => {
    const { memory, stale, joined, redis, disk, computed } = stats.types[type]
    const near = memory + stale + joined
    const far = redis + disk
    const all = Math.max(1, near + far + computed)
    const name = (words.typeNames as Partial<Record<string, string>>)[type] ?? type
    return html`<li class="share"><span class="share-name">${name} <code>type:${type}</code></span>
      <svg class="share-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-ground" width="100" height="6"/>
        <rect class="bar-near" width="${(100 * near / all).toFixed(2)}" height="6"/>
        <rect class="bar-far" x="${(100 * near / all).toFixed(2)}" width="${(100 * far / all).toFixed(2)}" height="6"/></svg>
      <span class="hint">${fill(words.typeLine, { memory: numberWords(language, near), far: numberWords(language, far), computed: numberWords(language, computed) })}</span></li>`
  })}</ol></section>`
}

function topPanel(context: PageContext, stats: CacheStats): Html {
  const { language } = context
  const words = wordsIn(language).performance.cache
  const most = Math.max(1, ...stats.top.map((entry) => entry.hits))
  return html`<section class="panel"><h2>${words.top}</h2>
    ${stats.top.length === 0 ? html`<p class="hint">${words.topEmpty}</p>` : html`<ol class="shares">${stats.top.map((entry) => html`<li class="share">
      <span class="share-name"><code>${entry.id}</code></span>
      <svg class="share-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-ground" width="100" height="6"/>
        <rect class="bar-near" width="${(100 * entry.hits / most).toFixed(2)}" height="6"/></svg>
      <span class="hint">${fill(words.topLine, { hits: numberWords(language, entry.hits), bytes: bytesWords(language, entry.bytes) })}</span></li>`)}</ol>`}
  </section>`
}

function flushPanel(context: PageContext): Html {
  const words = wordsIn(context.language).performance.cache
  return html`<section class="panel flush"><h2>${words.flush}</h2>
    <form class="form" method="post" action="/admin/performance/cache/flush">
      <div class="field"><label class="label" for="field-tags">${words.flushTags}</label>
        <div class="field-box"><input class="input" id="field-tags" name="tags" required maxlength="${limits.uploadFieldBytesMax}" list="known-tags"
          autocomplete="off" spellcheck="false" aria-describedby="hint-tags"></div>
        <p class="hint" id="hint-tags">${words.flushLead}</p>
        <datalist id="known-tags">${cacheTypeNames.map((type) => html`<option value="type:${type}"></option>`)}</datalist></div>
      <details class="confirm"><summary class="button">${words.flushAsk}</summary>
        <p>${words.flushConfirm}</p><button class="button button-primary" type="submit">${words.flushYes}</button></details>
    </form></section>`
}
