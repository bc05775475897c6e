import { emptyState, field, notice, pagination, select } from '../../lib/html/components.ts'
import type { PagesModel } from '../../lib/html/components.ts'
import { dialog } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, plural, wordsIn } from '../../words/words.ts'
import type { ProjectView } from '../schema.ts'

interface Refused {
  values: Record<string, string>
  field: string | null
  message: string
}
type Status = ProjectView['status']
const statuses: readonly Status[] = ['active', 'inactive', 'archived']

export interface ProjectListModel {
  list: PagesModel & { items: readonly (ProjectView & { company_name: string; orders: number })[] }
  filters: { q: string; status: Status | undefined; company_id: number | undefined }
  companies: readonly { id: number; name: string }[]
  canEdit: boolean
  state: Refused | undefined
}

/** `/admin/projects`: the projects of the reader's company, or of all. */
export function projectListPage(context: PageContext, model: ProjectListModel): Html {
  const words = wordsIn(context.language)
  const { list, filters, companies } = model
  const isFiltered = Boolean(filters.q || filters.status || filters.company_id)
  const add = model.canEdit && companies.length > 0 && html`<button class="button button-primary" type="button" data-dialog="new-project">${icon('add')}<span>${words.companies.projectTitle}</span></button>`
  return page(context, {
    title: words.admin.projects,
    main: html`<div class="narrow"><div class="page-head"><h1>${words.admin.projects}</h1>${add}</div>
      ${(isFiltered || list.total > 0) && tools(context, model)}
      ${list.items.length === 0
        ? emptyState({ title: words.projects.emptyTitle, text: isFiltered ? words.projects.nothingText : words.projects.emptyText })
        : html`<ul class="rows">${list.items.map((project) => html`<li class="item"><div class="item-main">
            <a class="item-title item-link" href="/admin/projects/${project.id}"><bdi>${project.name}</bdi></a>
            <span class="item-line">${companies.length > 1 && html`<bdi>${project.company_name}</bdi> · `}${plural(context.language, project.orders, words.orders.count)}</span></div>
          <div class="item-end">${statusBadge(context, project.status)}</div></li>`)}</ul>`}
      ${pagination(context.language, context.path, list)}
      <noscript>${model.canEdit && newForm(context, model)}</noscript></div>`,
    after: model.canEdit ? dialog({ id: 'new-project', title: words.companies.projectTitle, body: newForm(context, model), open: model.state !== undefined }, context.language) : undefined,
  })
}

function tools(context: PageContext, { filters, companies }: ProjectListModel): Html {
  const words = wordsIn(context.language)
  return html`<form class="tools" method="get" action="/admin/projects" role="search">
    ${field({ name: 'q', label: words.admin.search, type: 'search', value: filters.q, maxLength: limits.searchCharsMax })}
    ${select({ name: 'status', label: words.companies.status, options: [{ value: '', label: words.admin.all }, ...statuses.map((status) => ({ value: status, label: words.projects.statuses[status], selected: status === filters.status }))] })}
    ${companies.length > 1 && select({ name: 'company_id', label: words.people.company, search: '/api/companies', options: [
      { value: '', label: words.admin.all }, ...companies.map(({ id, name }) => ({ value: id, label: name, selected: id === filters.company_id })),
    ] })}
    <button class="button" type="submit">${words.admin.show}</button></form>`
}

function newForm(context: PageContext, model: ProjectListModel): Html {
  const words = wordsIn(context.language)
  const { state, companies, filters } = model
  const chosen = state?.values.company_id ?? String(filters.company_id ?? companies[0]?.id ?? '')
  return html`<form class="form" method="post" action="/admin/projects">
    ${state !== undefined && state.field === null && notice('problem', state.message, { alert: true })}
    ${companies.length > 1 && select({ name: 'company_id', id: 'new-company', label: words.people.company, search: '/api/companies', options: companies.map(({ id, name }) => ({ value: id, label: name, selected: String(id) === chosen })) })}
    ${companies.length === 1 && html`<input type="hidden" name="company_id" value="${companies[0].id}">`}
    ${field({ name: 'name', id: 'new-name', label: words.companies.name, hint: words.companies.projectHint, value: state?.values.name, error: state?.field === 'name' ? state.message : null, required: true, maxLength: limits.nameCharsMax })}
    <div class="row row-end"><button class="button" type="button" data-close>${words.admin.cancel}</button>
      <button class="button button-primary" type="submit">${words.companies.create}</button></div></form>`
}

export interface ProjectModel {
  project: ProjectView
  companyName: string
  canEdit: boolean
  done: boolean
  state: Refused | undefined
  /** What somebody else saved while this was typed. */
  fresh: ProjectView | null
}

/** `/admin/projects/{id}`: its name, whether it is shown, and the way to its orders. */
export function projectPage(context: PageContext, model: ProjectModel): Html {
  const words = wordsIn(context.language)
  const { project, state, fresh } = model
  const name = state?.values.name ?? project.name
  const status = state?.values.status ?? project.status
  return page(context, {
    title: project.name,
    main: html`<div class="narrow stack"><div><a class="back" href="/admin/projects">${icon('back')}<span>${words.admin.projects}</span></a>
        <div class="page-head"><div><h1><bdi>${project.name}</bdi> ${statusBadge(context, project.status)}</h1><p class="lead"><bdi>${model.companyName}</bdi></p></div>
          <a class="button" href="/admin/content?project_id=${project.id}">${icon('order')}<span>${words.admin.orders}</span></a></div></div>
      ${model.done && notice('done', words.admin.saved)}
      ${state !== undefined && state.field === null && notice('problem', state.message, { alert: true })}
      ${fresh && notice('info', html`<p>${words.companies.fresh}</p><p><strong><bdi>${fresh.name}</bdi></strong> · ${words.projects.statuses[fresh.status]}</p>`)}
      ${model.canEdit && html`<form class="panel form" method="post" action="/admin/projects/${project.id}">
        <input type="hidden" name="version" value="${project.version}">
        ${field({ name: 'name', label: words.companies.name, value: name, error: state?.field === 'name' ? state.message : null, required: true, maxLength: limits.nameCharsMax })}
        <fieldset class="field stack"><legend class="label">${words.companies.status}</legend>${statuses.map((value) => html`<label class="row">
          <input type="radio" name="status" value="${value}"${value === status && html` checked`}><span><strong>${words.projects.statuses[value]}</strong> <span class="hint">${words.projects.abouts[value]}</span></span></label>`)}</fieldset>
        <div class="row row-end"><button class="button button-primary" type="submit">${words.admin.save}</button></div></form>`}
      ${!model.canEdit && notice('info', fill(words.projects.abouts[project.status]))}
    </div>`,
  })
}

function statusBadge(context: PageContext, status: Status): Html {
  return html`<span class="badge badge-${status}">${wordsIn(context.language).projects.statuses[status]}</span>`
}
