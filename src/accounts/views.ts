import { html } from '../lib/html/html.ts'
import type { Html } from '../lib/html/html.ts'
import { field, notice } from '../lib/html/components.ts'
import { icon } from '../lib/html/icons.ts'
import { page } from '../lib/html/layout.ts'
import type { PageContext } from '../lib/html/layout.ts'
import { limits } from '../limits.ts'
import { wordsIn } from '../words/words.ts'

export interface LoginModel {
  /** What was typed before, after a failed attempt. */
  email?: string
  /** A sentence in the reader's language. */
  error?: string | null
  /** Where to go afterwards: a path of ours. */
  next?: string | null
}

/** Sign-in: a form that posts `email`, `password` and `next` to `/admin/login`, with or without a script. */
export function loginPage(context: PageContext, model: LoginModel = {}): Html {
  const words = wordsIn(context.language).login
  return page(context, {
    title: words.title,
    plain: true,
    main: html`<section class="panel panel-narrow">
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${model.error && notice('problem', model.error, { alert: true })}
      <form class="form" method="post" action="/admin/login">
        ${model.next && html`<input type="hidden" name="next" value="${model.next}">`}
        ${field({
          name: 'email', label: words.email, type: 'email', value: model.email, required: true, autocomplete: 'username',
          maxLength: limits.emailCharsMax, autofocus: !model.email,
        })}
        ${field(
          {
            name: 'password', label: words.password, type: 'password', required: true, autocomplete: 'current-password',
            maxLength: limits.passwordCharsMax, autofocus: Boolean(model.email),
          },
          html`<button class="button button-quiet button-icon button-inside" type="button" hidden data-show-password="field-password"
            data-show="${words.showPassword}" data-hide="${words.hidePassword}" aria-label="${words.showPassword}"
              aria-pressed="false">${icon('eye')}</button>`,
        )}
        <button class="button button-primary button-wide" type="submit">${words.submit}</button>
      </form>
      <p class="hint">${words.forgotten}<br><code>npm run arv -- reset-password ${model.email || 'name@example.com'}</code></p>
    </section>`,
  })
}
