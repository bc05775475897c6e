import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import { html } from './html.ts'
import type { Html, HtmlValue } from './html.ts'
import { icon } from './icons.ts'
import type { IconName } from './icons.ts'
import { withParameter } from './layout.ts'

export interface PictureModel {
  alt: string
  /** The photo itself, for when there are no previews yet. */
  url: string
  width: number
  height: number
  /** A tiny picture as data: URL. */
  blur: string | null
  previews: readonly { width: number; format: 'webp' | 'avif'; url: string }[]
  /** The `sizes` attribute: how wide it is shown. */
  sizes: string
  /** For what is seen first; everything else loads when it comes near. */
  eager?: boolean
}

/**
 * A photo in the best form the browser takes. Its blurred copy lies below as an `<img>`, because a strict
 * Content-Security-Policy allows no style attributes; width and height keep the page from jumping.
 */
export function picture(model: PictureModel): Html {
  const webp = sourceSet(model, 'webp')
  const small = model.previews.filter((preview) => preview.format === 'webp').sort((a, b) => a.width - b.width)
  const fallback = (small.find((preview) => preview.width >= 320) ?? small.at(-1))?.url ?? model.url
  return html`<span class="picture">${model.blur && html`<img class="picture-blur" src="${model.blur}" alt="" aria-hidden="true">`}<picture>
    ${sourceSet(model, 'avif')}${webp}
    <img class="picture-photo" src="${fallback}" alt="${model.alt}" width="${model.width}" height="${model.height}" decoding="async"
      ${model.eager ? html` fetchpriority="high"` : html` loading="lazy"`}></picture></span>`
}

function sourceSet(model: PictureModel, format: 'webp' | 'avif'): Html | null {
  const set = model.previews.filter((preview) => preview.format === format).map((preview) => `${preview.url} ${preview.width}w`)
  return set.length === 0 ? null : html`<source type="image/${format}" srcset="${set.join(', ')}" sizes="${model.sizes}">`
}

const statusIcons: Record<string, IconName> = {
  pending: 'clock', processing: 'spinner', ready: 'check', failed: 'warning', archived: 'archive',
}

/** A status in a word, a sign and a colour. */
export function statusBadge(language: Language, status: 'pending' | 'processing' | 'ready' | 'failed' | 'archived'): Html {
  return html`<span class="badge badge-${status}">${icon(statusIcons[status])}${wordsIn(language).admin.statuses[status]}</span>`
}

export interface FieldModel {
  name: string
  /** Unique on the page; the name, when that is unique. */
  id?: string
  label: string
  type?: 'text' | 'email' | 'tel' | 'password' | 'search'
  value?: string | null
  hint?: string
  error?: string | null
  required?: boolean
  maxLength?: number
  minLength?: number
  readonly?: boolean
  autocomplete?: string
  autofocus?: boolean
}

/** A labelled input with its hint and a place for its error, so that an error moves nothing else. */
export function field(model: FieldModel, inside?: Html): Html {
  return html`<div class="field" data-field="${model.name}">
    ${fieldLabel(model)}
    <div class="field-box">
      <input class="input" id="field-${model.id ?? model.name}" name="${model.name}" type="${model.type ?? 'text'}"
        value="${model.value ?? ''}"
        ${fieldAttributes(model)}${model.maxLength && html` maxlength="${model.maxLength}"`}
        ${model.minLength && html` minlength="${model.minLength}"`}${model.readonly && html` readonly`}
        ${model.autocomplete && html` autocomplete="${model.autocomplete}"`}${model.autofocus && html` autofocus`}>${inside}
    </div>
    ${fieldNotes(model)}
  </div>`
}

const star = html`<span class="label-star" aria-hidden="true"> *</span>`

export function fieldLabel(model: Pick<FieldModel, 'id' | 'name' | 'label' | 'required'>): Html {
  return html`<label class="label" for="field-${model.id ?? model.name}">${model.label}${model.required && star}</label>`
}

export function fieldAttributes(model: Pick<FieldModel, 'id' | 'name' | 'hint' | 'error' | 'required'>): Html {
  const id = model.id ?? model.name
  const invalid = model.error && html` aria-invalid="true"`
  return html` aria-describedby="${model.hint ? `hint-${id} ` : ''}error-${id}"${model.required && html` required`}${invalid}`
}

export function fieldNotes(model: Pick<FieldModel, 'id' | 'name' | 'hint' | 'error'>): Html {
  const id = model.id ?? model.name
  return html`${model.hint && html`<p class="hint" id="hint-${id}">${model.hint}</p>`}
    <p class="field-error" id="error-${id}"${!model.error && html` hidden`}>${model.error}</p>`
}

export interface SelectModel extends FieldModel {
  options: readonly { value: string | number; label: string; selected?: boolean }[]
  disabled?: boolean
  /** An API list with `?search=`: where there are more than fit, a field above narrows them down. */
  search?: string
}

export function select(model: SelectModel, beside?: Html): Html {
  return html`<div class="field" data-field="${model.name}">
    ${fieldLabel(model)}
    <div class="field-box">
      <select class="input select" id="field-${model.id ?? model.name}" name="${model.name}"${model.search && html` data-picker="${model.search}"`}
        ${fieldAttributes(model)}${model.disabled && html` disabled`}>
        ${model.options.map(({ value, label, selected }) => html`<option value="${value}"${selected && html` selected`}>${label}</option>`)}
      </select>${beside}
    </div>
    ${fieldNotes(model)}
  </div>`
}

/** A message that must not be missed; `alert` is read out at once. */
export function notice(kind: 'problem' | 'warning' | 'info' | 'done', content: HtmlValue, options: { alert?: boolean } = {}): Html {
  const sign: IconName = kind === 'done' ? 'check' : kind === 'info' ? 'info' : 'warning'
  return html`<div class="notice notice-${kind}"${options.alert && html` role="alert"`}>${icon(sign)}<div>${content}</div></div>`
}

export function emptyState(model: { title: string; text: string; action?: Html; picture?: Html }): Html {
  return html`<div class="empty">${model.picture}<h2>${model.title}</h2><p>${model.text}</p>${model.action}</div>`
}

/** A `<dialog>` that any element with `data-dialog="{id}"` opens; `open` shows it at once, for a form that was refused. */
export function dialog(model: { id: string; title: string; body: Html; open?: boolean }, language: Language): Html {
  return html`<dialog class="dialog" id="${model.id}"${model.open && html` data-open`} aria-labelledby="${model.id}-title">
    <div class="dialog-head"><h2 id="${model.id}-title">${model.title}</h2>
      <button class="button button-quiet button-icon" type="button" data-close
        aria-label="${wordsIn(language).admin.close}">${icon('close')}</button></div>
    ${model.body}
  </dialog>`
}

/** Copies `text`; without a script the text beside it can still be selected. */
export function copyButton(language: Language, text: string, label: string): Html {
  const words = wordsIn(language).admin
  return html`<button class="button button-icon" type="button" data-copy="${text}" aria-label="${words.copy}: ${label}"
    title="${words.copy}">${icon('copy')}</button>`
}

/** `share` is 0–1. */
export function progressBar(model: { id: string; share: number; label: string }): Html {
  return html`<progress class="progress" id="${model.id}" max="100" value="${Math.round(model.share * 100)}"
    aria-label="${model.label}"></progress>`
}

export interface PagesModel {
  page: number
  limit: number
  total: number
  total_is_exact: boolean
  has_more: boolean
}

export function pagination(language: Language, path: string, model: PagesModel): Html | null {
  if (model.page === 1 && !model.has_more) return null
  const words = wordsIn(language).orders
  const from = (model.page - 1) * model.limit + 1
  const to = Math.min(model.page * model.limit, Math.max(model.total, from))
  const range = fill(model.total_is_exact ? words.range : words.rangeAtLeast, {
    from, to: model.total_is_exact ? to : model.page * model.limit, total: model.total })
  const inside = (label: string, sign: IconName) =>
    html`${sign === 'back' && icon(sign)}<span>${label}</span>${sign === 'forward' && icon(sign)}`
  const step = (number: number, label: string, rel: string, sign: IconName, allowed: boolean) => allowed
    ? html`<a class="button" rel="${rel}" href="${withParameter(path, 'page', number)}">${inside(label, sign)}</a>`
    : html`<span class="button button-off" aria-hidden="true">${inside(label, sign)}</span>`
  return html`<nav class="pages" aria-label="${words.pages}">
    ${step(model.page - 1, words.previous, 'prev', 'back', model.page > 1)}
    <span class="pages-range">${range}</span>
    ${step(model.page + 1, words.next, 'next', 'forward', model.has_more)}
  </nav>`
}

/** A day in the reader's language, e.g. “5 March 2026”. */
export function day(language: Language, iso: string): Html {
  return html`<time datetime="${iso}">${dayWords(language, iso)}</time>`
}

/** A moment, e.g. “5 Mar 2026, 14:05 UTC”. */
export function moment(language: Language, iso: string): Html {
  const words = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ru-RU', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(iso))
  return html`<time datetime="${iso}">${words} UTC</time>`
}

/** A day as plain text, for the middle of a sentence. */
export function dayWords(language: Language, iso: string): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ru-RU', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso))
}
