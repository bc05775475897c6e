import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { dialog, field } from '../../lib/html/components.ts'
import { limits } from '../../limits.ts'
import { wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

/**
 * The small dialogs that make a company (`POST /api/companies`) and a project of it
 * (`POST /api/companies/{id}/projects`) in the middle of something else; the script puts what was made into the
 * select named by `data-into`.
 */
export function companyDialogs(language: Language): Html {
  const words = wordsIn(language).companies
  return html`${dialog({
    id: 'new-company',
    title: words.newTitle,
    body: dialogForm(language, 'company_id', html`
      ${field({ name: 'name', id: 'company-name', label: words.name, hint: words.nameHint,
        required: true, maxLength: limits.nameCharsMax })}
      ${field({ name: 'contact_email', label: words.contactEmail, type: 'email', maxLength: limits.emailCharsMax })}`),
  }, language)}
  ${dialog({
    id: 'new-project',
    title: words.projectTitle,
    body: dialogForm(language, 'project_id', html`
      ${field({ name: 'name', id: 'project-name', label: words.name, hint: words.projectHint,
        required: true, maxLength: limits.nameCharsMax })}`),
  }, language)}`
}

function dialogForm(language: Language, into: 'company_id' | 'project_id', fields: Html): Html {
  const words = wordsIn(language)
  return html`<form class="form" data-make="${into}" novalidate>
    ${fields}
    <p class="field-error" role="alert" data-form-error hidden></p>
    <div class="row row-end">
      <button class="button" type="button" data-close>${words.admin.cancel}</button>
      <button class="button button-primary" type="submit">${words.companies.create}</button>
    </div>
  </form>`
}
