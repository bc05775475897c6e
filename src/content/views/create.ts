import { field, notice, select } from '../../lib/html/components.ts'
import { html, jsonForScript } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import type { IconName } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, plural, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

export interface ContentCreateModel {
  companies: readonly { id: number; name: string }[]
  /** Projects of the chosen company. */
  projects: readonly { id: number; name: string }[]
  /** What stands in the form already, e.g. from the query of a “make it again” link. */
  values: {
    company_id?: number | null
    project_id?: number | null
    order_number?: string | null
    customer_name?: string | null
    customer_phone?: string | null
    customer_email?: string | null
    duration_years?: number | null
  }
  /** Whether this reader may make companies. */
  canCreateCompany: boolean
  /** `companyDialogs(language)` of the companies. */
  dialogs: Html
}

const photoAccept = 'image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,.jpg,.jpeg,.png,.webp,.avif,.heic,.heif'
const videoAccept = 'video/mp4,video/quicktime,video/webm,video/x-matroska,.mp4,.m4v,.mov,.webm,.mkv'
const durationsYears = [1, 2, 3, 5, 10]

/** `/admin/content/new`: the script sends the form to `POST /api/ar-content` and shows how far it is. */
export function contentCreatePage(context: PageContext, model: ContentCreateModel): Html {
  const words = wordsIn(context.language).create
  return page(context, {
    title: words.title,
    main: html`<div class="page-head"><div><h1>${words.title}</h1><p class="lead">${words.lead}</p></div></div>
    <noscript>${notice('warning', wordsIn(context.language).admin.noScript)}</noscript>
    <form class="create" data-upload method="post" action="/api/ar-content" enctype="multipart/form-data" novalidate>
      <div class="create-error" data-form-error hidden tabindex="-1">
        ${notice('problem', html`<span data-form-message></span>`, { alert: true })}</div>
      <section class="panel create-files" aria-labelledby="title-files">
        <h2 id="title-files">${words.files}</h2>
        <div>${dropZone(context.language, 'photo')}
          <div class="check-place" data-photo-check aria-live="polite"></div></div>
        ${dropZone(context.language, 'video')}
      </section>
      <div class="create-fields">
        ${companyFields(context.language, model)}
        ${customerFields(context.language, model)}
      </div>
      <div class="create-send"><button class="button button-primary button-large"
        type="submit">${icon('play')}<span>${words.submit}</span></button></div>
    </form>
    ${uploadSheet(context.language)}
    <script type="application/json" id="upload-words">${jsonForScript(scriptWords(context.language))}</script>`,
    after: model.dialogs,
  })
}

/** A big label around its file input: a click, a drop, or the keyboard (Space) all choose a file. */
function dropZone(language: Language, kind: 'photo' | 'video'): Html {
  const words = wordsIn(language).create
  const name = `${kind}_file`
  const hint = kind === 'photo'
    ? fill(words.photoHint, { limit: limits.photoBytesMax / 1024 ** 2 })
    : fill(words.videoHint, { limit: limits.videoBytesMax / 1024 ** 3 })
  const sign: IconName = kind === 'photo' ? 'order' : 'video'
  return html`<div class="field" data-field="${name}">
    <p class="label" id="label-${name}">${words[kind]}<span class="label-star" aria-hidden="true"> *</span></p>
    <div class="drop" data-drop="${kind}">
      <input class="drop-input" type="file" id="field-${name}" name="${name}" accept="${kind === 'photo' ? photoAccept : videoAccept}"
        aria-labelledby="label-${name}" aria-describedby="hint-${name} error-${name}" required>
      <label class="drop-ask" for="field-${name}">${icon(sign)}<strong>${kind === 'photo' ? words.photoDrop : words.videoDrop}</strong>
        <span class="hint" id="hint-${name}">${hint}</span></label>
      <div class="drop-chosen" data-chosen hidden>
        <div class="drop-preview" data-preview></div>
        <div class="drop-about"><strong data-file-name></strong><span class="hint" data-file-facts></span></div>
        <button class="button button-quiet button-icon" type="button" data-remove aria-label="${words.remove}: ${words[kind]}"
          title="${words.remove}">${icon('close')}</button>
      </div>
    </div>
    <p class="field-error" id="error-${name}" hidden></p>
  </div>`
}

function companyFields(language: Language, model: ContentCreateModel): Html {
  const words = wordsIn(language).create
  const { values, companies, projects } = model
  const companyId = values.company_id ?? (companies.length === 1 ? companies[0].id : null)
  const projectId = values.project_id ?? (projects.length === 1 ? projects[0].id : null)
  const make = (id: string, label: string) => html`<button class="button" type="button" data-dialog="${id}" title="${label}"
    ${id === 'new-project' && !companyId && html` disabled`}>${icon('add')}<span class="sr-only">${label}</span></button>`
  return html`<section class="panel" aria-labelledby="title-where">
    <h2 id="title-where">${words.where}</h2>
    ${companies.length === 0 && model.canCreateCompany && html`<div data-no-company>
      ${notice('info', html`<strong>${words.noCompanyTitle}.</strong>
      ${words.noCompanyText}
      <span class="notice-action"><button class="button button-primary" type="button"
        data-dialog="new-company">${icon('add')}<span>${words.newCompany}</span></button></span>`)}</div>`}
    ${select({
      name: 'company_id', label: words.company, required: true, search: '/api/companies', options: [
        { value: '', label: words.chooseCompany },
        ...companies.map((company) => ({ value: company.id, label: company.name, selected: company.id === companyId })),
      ],
    }, model.canCreateCompany ? make('new-company', words.newCompany) : undefined)}
    ${select({
      name: 'project_id', label: words.project, required: true, disabled: !companyId, search: `/api/companies/${companyId ?? 0}/projects`, options: [
        { value: '', label: companyId ? words.chooseProject : words.chooseCompanyFirst },
        ...projects.map((project) => ({ value: project.id, label: project.name, selected: project.id === projectId })),
      ],
    }, make('new-project', words.newProject))}
    ${field({
      name: 'order_number', label: words.orderNumber, value: values.order_number, hint: words.orderNumberHint,
      maxLength: limits.orderNumberCharsMax, autocomplete: 'off' })}
  </section>`
}

function customerFields(language: Language, model: ContentCreateModel): Html {
  const words = wordsIn(language)
  const { values } = model
  const years = values.duration_years && !durationsYears.includes(values.duration_years)
    ? [...durationsYears, values.duration_years]
    : durationsYears
  return html`<section class="panel" aria-labelledby="title-customer">
    <h2 id="title-customer">${words.create.customer} <span class="hint">${words.admin.optional}</span></h2>
    ${field({ name: 'customer_name', label: words.create.customerName, value: values.customer_name,
      maxLength: limits.nameCharsMax, autocomplete: 'off' })}
    <div class="pair">
      ${field({ name: 'customer_phone', label: words.create.customerPhone, type: 'tel', value: values.customer_phone,
        maxLength: limits.phoneCharsMax, autocomplete: 'off' })}
      ${field({ name: 'customer_email', label: words.create.customerEmail, type: 'email', value: values.customer_email,
        maxLength: limits.emailCharsMax, autocomplete: 'off' })}
    </div>
    ${select({
      name: 'duration_years', label: words.create.duration, options: [
        { value: '', label: words.create.forever },
        ...years.map((count) => ({ value: count, label: plural(language, count, words.create.years),
          selected: count === values.duration_years })),
      ],
    })}
  </section>`
}

function uploadSheet(language: Language): Html {
  const words = wordsIn(language).create
  return html`<dialog class="dialog upload" id="upload-sheet" aria-labelledby="upload-title">
    <h2 id="upload-title">${words.uploading}</h2>
    <p class="upload-percent" aria-hidden="true"><span data-upload-percent>0</span> %</p>
    <progress class="progress progress-large" max="100" value="0" data-upload-bar aria-labelledby="upload-title"></progress>
    <p class="hint" data-upload-state>&nbsp;</p>
    <div class="row row-end"><button class="button" type="button" data-upload-stop>${words.stop}</button></div>
  </dialog>`
}

/** What the script says by itself, and the limits it checks before sending. */
function scriptWords(language: Language) {
  const { create, errors, companies, admin, photoTrial } = wordsIn(language)
  const limit = { photo: limits.photoBytesMax, video: limits.videoBytesMax, side: limits.photoSideMinPixels, pixels: limits.photoPixelsMax }
  return {
    language,
    limits: limit,
    words: {
      chooseProject: create.chooseProject, chooseCompanyFirst: create.chooseCompanyFirst, noPreview: create.noPreview,
      uploadState: create.uploadState, leftSeconds: create.leftSeconds, leftMinutes: create.leftMinutes, storing: create.storing,
      stopped: create.stopped, connectionLost: create.connectionLost, fixBelow: create.fixBelow, emailWrong: create.emailWrong,
      photo_file: create.photoMissing, video_file: create.videoMissing,
      company_id: create.companyMissing, project_id: create.projectMissing,
      photoChecking: photoTrial.checking, photoCheckFailed: photoTrial.failed,
      nameMissing: companies.nameMissing, offline: admin.offline,
      photoTooLarge: fill(errors.photo_too_large, { limit: limit.photo / 1024 ** 2 }),
      videoTooLarge: fill(errors.video_too_large, { limit: limit.video / 1024 ** 3 }),
      photoWrongKind: errors.photo_wrong_kind, videoWrongKind: errors.video_wrong_kind,
      photoTooSmall: errors.photo_too_small.replace('{limit}', String(limit.side)),
      photoTooManyPixels: errors.photo_too_many_pixels.replace('{limit}', String(limit.pixels / 1_000_000)),
      photoEmpty: fill(errors.file_empty, { field: create.photo }), videoEmpty: fill(errors.file_empty, { field: create.video }),
    },
  }
}
