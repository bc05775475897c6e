import { emptyState, field, fieldAttributes, fieldLabel, fieldNotes, notice, pagination, select } from '../../lib/html/components.ts'
import type { PagesModel } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { wordsIn } from '../../words/words.ts'
import type { CompanyView } from '../schema.ts'
import { startPreview } from './preview.ts'

interface Refused {
  form: string
  values: Record<string, string>
  field: string | null
  message: string
}

export interface CompanyListModel {
  list: PagesModel & { items: readonly CompanyView[] }
  filters: { q: string; status: CompanyView['status'] | undefined }
}

/** `/admin/companies`, for the platform's administrators. */
export function companyListPage(context: PageContext, { list, filters }: CompanyListModel): Html {
  const words = wordsIn(context.language)
  return page(context, {
    title: words.companies.title,
    main: html`<div class="narrow"><div class="page-head"><h1>${words.companies.title}</h1>
        <a class="button button-primary" href="/admin/companies/new">${icon('add')}<span>${words.companies.newTitle}</span></a></div>
      <form class="tools" method="get" action="/admin/companies" role="search">
        ${field({ name: 'q', label: words.admin.search, type: 'search', value: filters.q, maxLength: limits.searchCharsMax })}
        ${select({ name: 'status', label: words.companies.status, options: [{ value: '', label: words.admin.all },
          ...(['active', 'inactive'] as const).map((status) => ({ value: status, label: words.companies.statuses[status], selected: status === filters.status }))] })}
        <button class="button" type="submit">${words.admin.show}</button>
      </form>
      ${list.items.length === 0 ? emptyState({ title: words.companies.emptyTitle, text: words.companies.emptyText }) : html`<ul class="rows">${list.items.map((company) => html`<li class="item">
        <div class="item-main"><a class="item-title item-link" href="/admin/companies/${company.id}"><bdi>${company.name}</bdi></a>
          <span class="item-line">${[company.slug, company.contact_email, company.time_zone].filter(Boolean).join(' · ')}</span></div>
        <div class="item-end">${statusOf(context, company.status)}</div></li>`)}</ul>`}
      ${pagination(context.language, context.path, list)}</div>`,
  })
}

export interface CompanyModel {
  /** Null: a new one. */
  company: CompanyView | null
  /** Whether the reader may change slug and status. */
  isPlatform: boolean
  zones: readonly string[]
  done: boolean
  state: Refused | undefined
  /** What somebody else saved while this was typed. */
  fresh: CompanyView | null
}

/** `/admin/companies/{id}` and `/new`: who a company is, and how it looks to its guests. */
export function companyPage(context: PageContext, model: CompanyModel): Html {
  const words = wordsIn(context.language)
  const { company, state } = model
  const title = company?.name ?? words.companies.newTitle
  return page(context, {
    title,
    main: html`<div class="page-head"><div>${model.isPlatform && html`<a class="back" href="/admin/companies">${icon('back')}<span>${words.companies.title}</span></a>`}
        <h1><bdi>${title}</bdi> ${company !== null && company.status !== 'active' && statusOf(context, company.status)}</h1></div>
        ${company !== null && html`<div class="row"><a class="button" href="/admin/people${model.isPlatform && `?company_id=${company.id}`}">${icon('people')}<span>${words.admin.people}</span></a>
          <a class="button" href="/admin/projects${model.isPlatform && `?company_id=${company.id}`}">${icon('folder')}<span>${words.admin.projects}</span></a></div>`}</div>
      <div class="stack">
        ${model.done && notice('done', words.admin.saved)}
        ${state?.form === 'company' && state.field === null && notice('problem', state.message, { alert: true })}
        ${model.fresh && freshNotice(context, model.fresh, state?.values ?? {})}
        <div class="two">
          <form class="stack" method="post" action="${company === null ? '/admin/companies' : `/admin/companies/${company.id}`}">
            ${company !== null && html`<input type="hidden" name="version" value="${company.version}">`}
            ${aboutFields(context, model)}
            ${guestFields(context, model)}
            <div class="row row-end"><button class="button button-primary button-large" type="submit">${company === null ? words.companies.create : words.admin.save}</button></div>
          </form>
          ${company !== null && html`<div class="stack">${logoPanel(context, company, state)}
            <section class="panel stack"><h2>${words.companies.preview}</h2>${startPreview(context.language, company)}<p class="hint">${words.companies.previewHint}</p></section></div>`}
        </div>
      </div>`,
  })
}

/** What is in the form now: what was sent before, or what is stored. */
function valueOf(model: CompanyModel, name: keyof CompanyView): string | null {
  const sent = model.state?.form === 'company' ? model.state.values[name] : undefined
  return sent ?? (model.company?.[name] as string | null | undefined) ?? null
}

function errorOf(model: CompanyModel, name: string): string | null {
  return model.state?.form === 'company' && model.state.field === name ? model.state.message : null
}

function aboutFields(context: PageContext, model: CompanyModel): Html {
  const words = wordsIn(context.language)
  const text = (name: keyof CompanyView, label: string, more: { type?: 'email' | 'tel'; hint?: string; required?: boolean; maxLength: number }) =>
    field({ name, label, value: valueOf(model, name), error: errorOf(model, name), autocomplete: 'off', ...more })
  const language = valueOf(model, 'language') ?? context.language
  const zone = valueOf(model, 'time_zone') ?? 'UTC'
  const status = valueOf(model, 'status') ?? 'active'
  return html`<section class="panel form"><h2>${words.companies.about}</h2>
    ${text('name', words.companies.name, { hint: words.companies.nameHint, required: true, maxLength: limits.nameCharsMax })}
    ${model.isPlatform && html`<div class="pair">
      ${text('slug', words.companies.slug, { hint: words.companies.slugHint, maxLength: limits.slugCharsMax })}
      ${model.company !== null && select({ name: 'status', label: words.companies.status, hint: words.companies.statusHint, error: errorOf(model, 'status'),
        options: (['active', 'inactive'] as const).map((value) => ({ value, label: words.companies.statuses[value], selected: value === status })) })}</div>`}
    <div class="pair">
      ${text('contact_name', words.companies.contactName, { maxLength: limits.nameCharsMax })}
      ${text('contact_phone', words.companies.contactPhone, { type: 'tel', maxLength: limits.phoneCharsMax })}
    </div>
    ${text('contact_email', words.companies.contactEmail, { type: 'email', maxLength: limits.emailCharsMax })}
    <div class="pair">
      <div class="field" data-field="time_zone">${fieldLabel({ name: 'time_zone', label: words.companies.timeZone, required: true })}<div class="field-box">
        <input class="input" id="field-time_zone" name="time_zone" list="zones" value="${zone}" maxlength="64" autocomplete="off" ${fieldAttributes({ name: 'time_zone', hint: words.companies.timeZoneHint, error: errorOf(model, 'time_zone'), required: true })}>
        <datalist id="zones">${model.zones.map((name) => html`<option value="${name}"></option>`)}</datalist></div>
        ${fieldNotes({ name: 'time_zone', hint: words.companies.timeZoneHint, error: errorOf(model, 'time_zone') })}</div>
      ${select({ name: 'language', label: words.companies.language, hint: words.companies.languageHint, error: errorOf(model, 'language'),
        options: [{ value: 'en', label: 'English', selected: language === 'en' }, { value: 'ru', label: 'Русский', selected: language === 'ru' }] })}
    </div></section>`
}

function guestFields(context: PageContext, model: CompanyModel): Html {
  const words = wordsIn(context.language).companies
  const colour = valueOf(model, 'accent_colour')
  const swatch = html`<input class="swatch" type="color" id="pick-colour" value="${/^#[0-9a-f]{6}$/i.test(colour ?? '') ? colour : '#f4f1ea'}" data-colour="field-accent_colour" aria-label="${words.pickColour}">`
  return html`<section class="panel form"><h2>${words.guests}</h2><p class="lead">${words.guestsLead}</p>
    <div class="field" data-field="accent_colour">${fieldLabel({ name: 'accent_colour', label: words.colour })}<div class="field-box">
      <input class="input" id="field-accent_colour" name="accent_colour" value="${colour ?? ''}" placeholder="#3344b8" maxlength="7" pattern="#[0-9A-Fa-f]{6}" data-colour="pick-colour" autocomplete="off"
        ${fieldAttributes({ name: 'accent_colour', hint: words.colourHint, error: errorOf(model, 'accent_colour') })}>${swatch}</div>
      ${fieldNotes({ name: 'accent_colour', hint: words.colourHint, error: errorOf(model, 'accent_colour') })}</div>
    ${field({ name: 'start_heading', label: words.startHeading, value: valueOf(model, 'start_heading'), error: errorOf(model, 'start_heading'), maxLength: limits.startHeadingCharsMax, autocomplete: 'off' })}
    <div class="field" data-field="start_text">${fieldLabel({ name: 'start_text', label: words.startText })}<div class="field-box">
      <textarea class="input textarea" id="field-start_text" name="start_text" maxlength="${limits.startTextCharsMax}" rows="3"
        ${fieldAttributes({ name: 'start_text', hint: words.startTextHint, error: errorOf(model, 'start_text') })}>${valueOf(model, 'start_text') ?? ''}</textarea></div>
      ${fieldNotes({ name: 'start_text', hint: words.startTextHint, error: errorOf(model, 'start_text') })}</div>
  </section>`
}

function logoPanel(context: PageContext, company: CompanyView, state: Refused | undefined): Html {
  const words = wordsIn(context.language)
  const error = state?.form === 'logo' ? state.message : null
  return html`<section class="panel stack"><h2>${words.companies.logo}</h2>
    ${company.logo_key !== null && html`<img class="logo-now" src="/media/${company.logo_key}" width="${company.logo_width ?? 0}" height="${company.logo_height ?? 0}" alt="${words.companies.logo}">`}
    <form class="form" method="post" action="/admin/companies/${company.id}/logo" enctype="multipart/form-data">
      <div class="field" data-field="logo_file">${fieldLabel({ name: 'logo_file', label: words.companies.logoFile })}
        <input class="file" type="file" id="field-logo_file" name="logo_file" accept="image/png,image/jpeg,image/webp,image/avif"
          ${fieldAttributes({ name: 'logo_file', hint: words.companies.logoHint, error, required: true })}>
        ${fieldNotes({ name: 'logo_file', hint: words.companies.logoHint, error })}</div>
      <div class="row row-end">${company.logo_key !== null && html`<button class="button danger" type="submit" formnovalidate formaction="/admin/companies/${company.id}/logo/remove">${words.admin.remove}</button>`}
        <button class="button" type="submit">${words.companies.logoSubmit}</button></div></form></section>`
}

/** Where the stored values differ from what was typed: nothing of either is lost. */
function freshNotice(context: PageContext, fresh: CompanyView, typed: Record<string, string>): Html {
  const words = wordsIn(context.language)
  const names = words.audit.fields as Record<string, string>
  const different = Object.entries(typed).filter(([name, value]) => name !== 'version' && name in fresh && value !== String(fresh[name as keyof CompanyView] ?? ''))
  return notice('info', html`<p>${words.companies.fresh}</p><ul>${different.map(([name]) => html`<li>${names[name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())] ?? name}: <strong><bdi>${String(fresh[name as keyof CompanyView] ?? words.audit.nothing)}</bdi></strong></li>`)}</ul>`)
}

function statusOf(context: PageContext, status: CompanyView['status']): Html {
  return html`<span class="badge badge-${status}">${wordsIn(context.language).companies.statuses[status]}</span>`
}
