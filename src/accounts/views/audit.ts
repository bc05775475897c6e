import { emptyState, field, fieldLabel, moment, notice, pagination, select } from '../../lib/html/components.ts'
import type { PagesModel } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, wordsIn } from '../../words/words.ts'

type Value = string | number | boolean | null
interface Entry {
  at: string
  user_name: string | null
  action: string
  kind: string
  subject_name: string
  changes: Record<string, { from: Value; to: Value }>
}

export interface AuditModel {
  list: PagesModel & { items: readonly Entry[] }
  companies: readonly { id: number; name: string }[]
  filters: { q: string; kind: string | undefined; action: string | undefined; from: string | undefined; to: string | undefined; company_id: number | undefined }
}

/** `/admin/audit`: who changed what, newest first. */
export function auditPage(context: PageContext, model: AuditModel): Html {
  const words = wordsIn(context.language)
  const { list, filters } = model
  const isFiltered = Boolean(filters.q || filters.kind || filters.action || filters.from || filters.to || filters.company_id)
  return page(context, {
    title: words.audit.title,
    main: html`<div class="narrow">
      <div class="page-head"><div><h1>${words.audit.title}</h1><p class="lead">${words.audit.lead}</p></div></div>
      ${filterForm(context, model)}
      ${list.items.length === 0
        ? emptyState({ title: words.audit.emptyTitle, text: isFiltered ? words.audit.nothingText : words.audit.emptyText })
        : html`<ol class="rows">${list.items.map((entry) => item(context, entry))}</ol>`}
      ${pagination(context.language, context.path, list)}
    </div>`,
  })
}

function filterForm(context: PageContext, { filters, companies }: AuditModel): Html {
  const words = wordsIn(context.language)
  const choices = (all: Record<string, string>, chosen: string | undefined) => [
    { value: '', label: words.admin.all },
    ...Object.entries(all).map(([value, label]) => ({ value, label, selected: value === chosen })),
  ]
  return html`<form class="tools" method="get" action="/admin/audit" role="search">
    ${field({ name: 'q', label: words.admin.search, type: 'search', value: filters.q, maxLength: limits.searchCharsMax })}
    ${select({ name: 'kind', label: words.audit.kind, options: choices(words.audit.kinds, filters.kind) })}
    ${select({ name: 'action', label: words.audit.action, options: choices(words.audit.actions, filters.action) })}
    ${companies.length > 1 && select({ name: 'company_id', label: words.people.company, search: '/api/companies', options: [
      { value: '', label: words.admin.all }, ...companies.map(({ id, name }) => ({ value: id, label: name, selected: id === filters.company_id })),
    ] })}
    ${dayField('from', words.audit.from, filters.from)}
    ${dayField('to', words.audit.to, filters.to)}
    <button class="button" type="submit">${words.admin.show}</button>
  </form>`
}

function dayField(name: string, label: string, value: string | undefined): Html {
  return html`<div class="field">${fieldLabel({ name, label })}<div class="field-box">
    <input class="input" id="field-${name}" type="date" name="${name}" value="${value ?? ''}"></div></div>`
}

function item(context: PageContext, entry: Entry): Html {
  const words = wordsIn(context.language)
  const { audit } = words
  const kind = (audit.kinds as Record<string, string>)[entry.kind] ?? entry.kind
  const action = (audit.actions as Record<string, string>)[entry.action] ?? entry.action
  const changes = Object.entries(entry.changes)
  return html`<li class="item">
    <div class="item-main"><span class="item-title">${kind} “<bdi>${entry.subject_name}</bdi>”: ${action}</span>
      <span class="item-line"><bdi>${entry.user_name ?? words.admin.name}</bdi> · ${moment(context.language, entry.at)}</span></div>
    ${changes.length > 0 && html`<details class="item-wide item-more"><summary>${audit.details}</summary>
      <div class="changes">${changes.map(([name, change]) => html`<p>${fieldName(context, name)}: <del><bdi>${show(context, change.from)}</bdi></del> → <ins><bdi>${show(context, change.to)}</bdi></ins></p>`)}</div></details>`}
  </li>`
}

/** `contactEmail` and `contact_email` in words where we have them. */
function fieldName(context: PageContext, name: string): string {
  const known = wordsIn(context.language).audit.fields as Record<string, string>
  return known[name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())] ?? name
}

function show(context: PageContext, value: Value): string {
  const { audit } = wordsIn(context.language)
  return value === null || value === '' ? audit.nothing : value === true ? audit.yes : value === false ? audit.no : String(value)
}

export interface MailsModel {
  mails: readonly { kind: string; recipient: string; status: 'waiting' | 'sent' | 'failed'; failures: number; problem: string | null; created_at: string }[]
  isConfigured: boolean
  from: string
}

/** `/admin/mails`: what was sent, and what the mail server said to it. */
export function mailsPage(context: PageContext, model: MailsModel): Html {
  const words = wordsIn(context.language)
  return page(context, {
    title: words.mailList.title,
    main: html`<div class="narrow">
      <div class="page-head"><div><h1>${words.mailList.title}</h1><p class="lead">${model.isConfigured ? fill(words.mailList.lead, { from: model.from }) : words.mailList.none}</p></div>
        ${model.isConfigured && html`<form method="post" action="/admin/mails/test"><button class="button button-primary" type="submit">${icon('mail')}<span>${words.mailList.test}</span></button></form>`}</div>
      ${!model.isConfigured && notice('info', html`<p>${words.mailList.how}</p><p><code>SMTP_URL=smtp://name:password@mail.example.com:587</code></p>`)}
      ${model.mails.length === 0 ? model.isConfigured && emptyState({ title: words.mailList.emptyTitle, text: words.mailList.emptyText }) : html`<ol class="rows">${model.mails.map((mail) => mailItem(context, mail))}</ol>`}
    </div>`,
  })
}

function mailItem(context: PageContext, mail: MailsModel['mails'][number]): Html {
  const words = wordsIn(context.language)
  const kinds = words.mails.kinds as Record<string, string>
  const badge = { waiting: 'badge-processing', sent: 'badge-ready', failed: 'badge-failed' }[mail.status]
  return html`<li class="item"><div class="item-main"><span class="item-title">${mail.recipient}</span>
    <span class="item-line">${kinds[mail.kind] ?? mail.kind} · ${moment(context.language, mail.created_at)}</span>
    ${mail.problem !== null && html`<span class="item-line item-line-bad">${mail.problem}</span>`}</div>
    <div class="item-end"><span class="badge ${badge}">${words.mailList.statuses[mail.status]}</span></div></li>`
}
