import { dayWords, dialog, emptyState, field, notice, pagination, select } from '../../lib/html/components.ts'
import type { PagesModel } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { copyButton } from '../../lib/html/components.ts'
import { limits } from '../../limits.ts'
import { fill, wordsIn } from '../../words/words.ts'
import { errorOf, problem } from './signin.ts'
import type { Refused } from './signin.ts'

type Role = 'admin' | 'manager' | 'editor' | 'viewer'
interface Person {
  id: number
  email: string
  name: string
  role: Role
  company_id: number | null
  company_name: string | null
  two_factor: boolean
  last_seen_at: string | null
  version: number
}
interface Invitation {
  id: number
  email: string
  role: Role
  company_name: string | null
  invited_by: string | null
  expires_at: string
  mail: { status: string; problem: string | null } | null
}

export interface PeopleModel {
  people: PagesModel & { items: readonly Person[] }
  invitations: readonly Invitation[]
  /** To choose from; empty for people of one company. */
  companies: readonly { id: number; name: string }[]
  me: { id: number; companyId: number | null }
  whose: number | 'platform' | undefined
  q: string
  /** The e-mail that was just invited. */
  invited: string | null
  link: { email: string; link: string } | null
  state: (Refused & { form: string }) | undefined
}

const companyRoles: readonly Role[] = ['manager', 'editor', 'viewer']

/** `/admin/people`: who works here, who is invited, and what each may do. */
export function peoplePage(context: PageContext, model: PeopleModel): Html {
  const words = wordsIn(context.language)
  const isPlatform = model.me.companyId === null
  return page(context, {
    title: words.people.title,
    main: html`<div class="narrow stack">
      <div class="page-head"><div><h1>${words.people.title}</h1><p class="lead">${words.people.lead}</p></div>
        <button class="button button-primary" type="button" data-dialog="invite">${icon('add')}<span>${words.people.invite}</span></button></div>
      ${model.invited !== null && notice('done', fill(words.people.invited, { email: model.invited }))}
      ${model.link && linkNotice(context, model.link)}
      ${model.state?.form === 'people' && problem(model.state)}
      ${(isPlatform || model.people.total > 10 || model.q !== '') && tools(context, model)}
      ${model.people.items.length === 0
        ? emptyState({ title: words.people.emptyTitle, text: words.people.emptyText })
        : html`<ul class="rows">${model.people.items.map((person) => personItem(context, model, person))}</ul>`}
      ${pagination(context.language, context.path.startsWith('/admin/people?') ? context.path : '/admin/people', model.people)}
      ${model.invitations.length > 0 && html`<h2>${words.people.invitations}</h2>
        <ul class="rows">${model.invitations.map((invitation) => invitationItem(context, model, invitation))}</ul>`}
      <noscript>${inviteForm(context, model)}</noscript>
    </div>`,
    after: html`${dialog({ id: 'invite', title: words.people.invite, body: inviteForm(context, model), open: model.state?.form === 'invite' }, context.language)}
      ${model.people.items.filter((person) => person.id !== model.me.id).map((person) => removeDialog(context, model, person))}`,
  })
}

function linkNotice(context: PageContext, { email, link }: { email: string; link: string }): Html {
  const words = wordsIn(context.language).people
  return notice('warning', html`<p><strong>${words.linkTitle}</strong></p><p>${fill(words.linkText, { email })}</p>
    <p class="secret"><code>${link}</code>${copyButton(context.language, link, words.linkTitle)}</p>`)
}

function tools(context: PageContext, model: PeopleModel): Html {
  const words = wordsIn(context.language)
  return html`<form class="tools" method="get" action="/admin/people" role="search">
    ${field({ name: 'q', id: 'people-q', label: words.admin.search, type: 'search', value: model.q, maxLength: limits.searchCharsMax })}
    ${model.me.companyId === null && select({ name: 'company_id', id: 'people-company', label: words.people.whose, search: '/api/companies', options: [
      { value: '', label: words.people.everybody },
      { value: 'platform', label: words.people.platform, selected: model.whose === 'platform' },
      ...model.companies.map(({ id, name }) => ({ value: id, label: name, selected: id === model.whose })),
    ] })}
    <button class="button" type="submit">${words.admin.show}</button>
  </form>`
}

function personItem(context: PageContext, model: PeopleModel, person: Person): Html {
  const words = wordsIn(context.language)
  const isMe = person.id === model.me.id
  const seen = person.last_seen_at === null ? words.people.neverSeen : fill(words.people.seen, { date: dayWords(context.language, person.last_seen_at) })
  const company = model.me.companyId === null ? (person.company_name ?? words.people.ofPlatform) : null
  return html`<li class="item">
    <div class="item-main">
      <span class="item-title">${person.name}${isMe && html` <span class="badge">${words.people.you}</span>`}</span>
      <span class="item-line">${person.email}${company && ` · ${company}`}</span>
      <span class="item-line">${[words.roles[person.role].name, seen, person.two_factor ? words.people.twoFactor : ''].filter((part) => part !== '').join(' · ')}</span>
    </div>
    ${!isMe && html`<div class="item-end">
      ${person.role !== 'admin' && html`<form method="post" action="/admin/people/${person.id}">
        <input type="hidden" name="version" value="${person.version}"><input type="hidden" name="back" value="${model.whose ?? ''}">
        <select class="input select" name="role" aria-label="${words.people.role}: ${person.name}">${roleOptions(context, companyRoles, person.role)}</select>
        <button class="button" type="submit">${words.admin.save}</button></form>`}
      <button class="button button-quiet danger" type="button" data-dialog="remove-${person.id}"
        aria-label="${words.people.remove}: ${person.name}">${words.people.remove}</button>
    </div>`}
  </li>`
}

function removeDialog(context: PageContext, model: PeopleModel, person: Person): Html {
  const words = wordsIn(context.language)
  return dialog({ id: `remove-${person.id}`, title: fill(words.people.removeTitle, { name: person.name }), body: html`<p>${words.people.removeText}</p>
    <form class="row row-end" method="post" action="/admin/people/${person.id}/remove"><input type="hidden" name="back" value="${model.whose ?? ''}">
      <button class="button" type="button" data-close>${words.admin.cancel}</button>
      <button class="button danger" type="submit">${words.people.remove}</button></form>` }, context.language)
}

function invitationItem(context: PageContext, model: PeopleModel, invitation: Invitation): Html {
  const words = wordsIn(context.language)
  const { mail } = invitation
  const by = fill(words.people.invitedBy, { name: invitation.invited_by ?? words.admin.name, date: dayWords(context.language, invitation.expires_at) })
  const fate = mail === null ? null : mail.status === 'waiting' && mail.problem !== null ? fill(words.people.mailTrouble, mail) : fill(words.people.mail[mail.status as 'waiting'], mail)
  return html`<li class="item">
    <div class="item-main"><span class="item-title">${invitation.email}</span>
      <span class="item-line">${words.roles[invitation.role].name}${model.me.companyId === null && ` · ${invitation.company_name ?? words.people.ofPlatform}`} · ${by}</span>
      ${fate !== null && html`<span class="item-line${mail?.problem != null && ' item-line-bad'}">${fate}</span>`}</div>
    <form class="item-end" method="post" action="/admin/invitations/${invitation.id}/withdraw"><input type="hidden" name="back" value="${model.whose ?? ''}">
      <button class="button button-quiet" type="submit" aria-label="${words.people.withdraw}: ${invitation.email}">${words.people.withdraw}</button></form>
  </li>`
}

function inviteForm(context: PageContext, model: PeopleModel): Html {
  const words = wordsIn(context.language)
  const state = model.state?.form === 'invite' ? model.state : undefined
  const isPlatform = model.me.companyId === null
  const roles = isPlatform ? [...companyRoles, 'admin' as const] : companyRoles
  const chosen = state?.values.company_id ?? String(typeof model.whose === 'number' ? model.whose : '')
  return html`<form class="form" method="post" action="/admin/people/invite">
    ${problem(state)}
    ${field({ name: 'email', id: 'invite-email', label: words.people.email, type: 'email', value: state?.values.email, error: errorOf(state, 'email'), required: true, maxLength: limits.emailCharsMax, autocomplete: 'off' })}
    ${isPlatform && select({ name: 'company_id', id: 'invite-company', label: words.people.company, search: '/api/companies', error: errorOf(state, 'company_id'), options: [
      { value: '', label: words.people.ofPlatform },
      ...model.companies.map(({ id, name }) => ({ value: id, label: name, selected: String(id) === chosen })),
    ] })}
    ${select({ name: 'role', id: 'invite-role', label: words.people.role, error: errorOf(state, 'role'), options: roles.map((role) => ({
      value: role, label: `${words.roles[role].name}: ${words.roles[role].about}`, selected: role === (state?.values.role ?? 'editor') })) })}
    <div class="row row-end"><button class="button" type="button" data-close>${words.admin.cancel}</button>
      <button class="button button-primary" type="submit">${words.people.inviteSubmit}</button></div>
  </form>`
}

function roleOptions(context: PageContext, roles: readonly Role[], chosen: Role): Html[] {
  const words = wordsIn(context.language).roles
  return roles.map((role) => html`<option value="${role}"${role === chosen && html` selected`}>${words[role].name}</option>`)
}
