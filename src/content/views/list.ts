import { emptyState, pagination, picture, select, statusBadge } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, plural, wordsIn } from '../../words/words.ts'
import { contentSorts, contentStatuses } from '../schema.ts'
import type { ContentListItem, ContentSort, ContentStatus } from '../schema.ts'
import { scoreLevel } from '../score.ts'
import { albumPanel } from './album.ts'
import type { AlbumModel } from './album.ts'
import { orderPicture } from './pictures.ts'

export interface ContentListModel {
  items: readonly ContentListItem[]
  total: number
  total_is_exact: boolean
  page: number
  limit: number
  has_more: boolean
  /** What the reader filtered by, as it stands in the query. */
  filters: { q: string; status: ContentStatus | null; company_id: number | null; project_id: number | null; from: string | null; to: string | null; sort: ContentSort | null }
  companies: readonly { id: number; name: string }[]
  /** Projects to choose from: those of the chosen company, or of all. */
  projects: readonly { id: number; name: string; company_name: string }[]
  /** Of the one project that is shown; null when several are. */
  album: AlbumModel | null
}

/** `/admin/content`: all orders as cards. The script searches while the reader types; without it the form is sent. */
export function contentListPage(context: PageContext, model: ContentListModel): Html {
  const words = wordsIn(context.language)
  return page(context, {
    title: words.orders.title,
    main: html`<div class="page-head">
      <h1>${words.orders.title}</h1>
      <a class="button button-primary" href="/admin/content/new">${icon('add')}<span>${words.admin.newOrder}</span></a>
    </div>
    ${(model.total > 0 || isFiltered(model)) && filterForm(context, model)}
    ${results(context, model)}`,
  })
}

function filterForm(context: PageContext, model: ContentListModel): Html {
  const words = wordsIn(context.language)
  const { filters } = model
  return html`<form class="filters" role="search" method="get" action="/admin/content" data-filters
      hx-get="/admin/content" hx-trigger="input delay:250ms, submit" hx-target="#results" hx-select="#results" hx-swap="outerMorph"
      hx-select-oob="#filter-project" hx-replace-url="true" hx-sync="this:replace">
    <div class="field filter-search" data-field="q">
      <label class="label sr-only" for="field-q">${words.orders.search}</label>
      <div class="field-box">${icon('search', 'input-sign')}<input class="input" id="field-q" type="search" name="q" value="${filters.q}"
        placeholder="${words.orders.searchHint}" maxlength="${limits.searchCharsMax}" autocomplete="off"></div>
    </div>
    ${select({
      name: 'status', label: words.orders.status, options: [
        { value: '', label: words.orders.anyStatus },
        ...contentStatuses.map((status) => ({ value: status, label: words.admin.statuses[status], selected: status === filters.status })),
      ],
    })}
    ${model.companies.length > 1 && select({
      name: 'company_id', label: words.orders.company, search: '/api/companies', options: [
        { value: '', label: words.orders.anyCompany },
        ...model.companies.map((company) => ({ value: company.id, label: company.name, selected: company.id === filters.company_id })),
      ],
    })}
    <div id="filter-project">${(model.projects.length > 1 || filters.project_id !== null) && select({
      name: 'project_id', label: words.orders.project, options: [
        { value: '', label: words.orders.anyProject },
        ...model.projects.map((project) => ({
          value: project.id,
          label: filters.company_id || model.companies.length < 2 ? project.name : `${project.name} · ${project.company_name}`,
          selected: project.id === filters.project_id,
        })),
      ],
    })}</div>
    ${select({
      name: 'sort', label: words.orders.sort, options: contentSorts.map((sort) => ({ value: sort === 'newest' ? '' : sort, label: words.orders.sorts[sort], selected: sort === filters.sort })),
    })}
    ${dayField('from', words.orders.from, filters.from)}
    ${dayField('to', words.orders.to, filters.to)}
    <noscript><button class="button" type="submit">${words.orders.show}</button></noscript>
  </form>`
}

function dayField(name: 'from' | 'to', label: string, value: string | null): Html {
  return html`<div class="field" data-field="${name}"><label class="label" for="field-${name}">${label}</label>
    <div class="field-box"><input class="input" id="field-${name}" type="date" name="${name}" value="${value}"></div></div>`
}

/** While something on the page is being prepared, the results ask for themselves again and are morphed in place. */
function results(context: PageContext, model: ContentListModel): Html {
  const isLive = model.items.some((item) => isUnfinished(item))
  return html`<section id="results" aria-label="${wordsIn(context.language).orders.title}">
    ${isLive && html`<div data-live hx-get="${context.path}" hx-trigger="every 2s" hx-target="#results" hx-select="#results"
      hx-swap="outerMorph"></div>`}
    ${model.album !== null && model.album.photos > 0 && albumPanel(context.language, model.album)}
    <p class="count" role="status">${count(context, model)}</p>
    ${model.items.length === 0 ? nothing(context, model) : html`<ul class="cards">
      ${model.items.map((item, index) => card(context, item, index))}</ul>`}
    ${pagination(context.language, context.path, model)}
  </section>`
}

function count(context: PageContext, model: ContentListModel): string {
  const words = wordsIn(context.language).orders
  if (model.total === 0) return ''
  return model.total_is_exact ? plural(context.language, model.total, words.count) : fill(words.countAtLeast, { count: model.total })
}

function nothing(context: PageContext, model: ContentListModel): Html {
  const words = wordsIn(context.language).orders
  return isFiltered(model) || model.page > 1
    ? emptyState({ title: words.nothingTitle, text: words.nothingText, action: html`<a class="button"
      href="/admin/content">${words.nothingAction}</a>` })
    : emptyState({
        title: words.emptyTitle, text: words.emptyText, picture: orderPicture(),
        action: html`<a class="button button-primary" href="/admin/content/new">${icon('add')}<span>${words.emptyAction}</span></a>`,
      })
}

function card(context: PageContext, item: ContentListItem, index: number): Html {
  return html`<li class="card" id="order-${item.id}">
    <div class="card-picture">${picture({
      alt: '', url: item.photo_url, width: item.photo_width, height: item.photo_height, blur: item.photo_blur, previews: item.previews,
      sizes: '(min-width: 1200px) 280px, (min-width: 640px) 33vw, 50vw', eager: index < 4,
    })}</div>
    <div class="card-text">
      <a class="card-link" href="/admin/content/${item.id}">${item.order_number}</a>
      <span class="card-line">${item.customer_name || item.project_name}</span>
      <span class="card-line card-line-quiet">${item.company_name}${item.customer_name && ` · ${item.project_name}`}</span>
    </div>
    <div class="card-foot">
      ${statusBadge(context.language, item.status)}
      ${isUnfinished(item) ? cardProgress(context, item) : item.marker_score !== null && scoreChip(context, item.marker_score)}
    </div>
  </li>`
}

function scoreChip(context: PageContext, score: number): Html {
  const words = fill(wordsIn(context.language).orders.score, { score })
  return html`<span class="score score-${scoreLevel(score)}" title="${words}">
    <span class="sr-only">${words}</span><span aria-hidden="true">${score}</span></span>`
}

function cardProgress(context: PageContext, item: ContentListItem): Html {
  const percent = Math.round(item.progress * 100)
  const words = fill(wordsIn(context.language).orders.preparing, { percent })
  return html`<progress class="progress" max="100" value="${percent}" aria-label="${words}" title="${words}"></progress>`
}

function isUnfinished(item: ContentListItem): boolean {
  return item.status === 'processing' || item.status === 'pending'
}

function isFiltered(model: ContentListModel): boolean {
  const { q, status, company_id, project_id, from, to } = model.filters
  return Boolean(q || status || company_id || project_id || from || to)
}
