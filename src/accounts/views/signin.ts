import { field, notice } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

/** A form as it was refused; see lib/http/forms. */
export interface Refused {
  values: Record<string, string>
  field: string | null
  message: string
}

export interface LoginModel {
  /** What was typed before, after a failed attempt. */
  email?: string
  /** A sentence in the reader's language. */
  error?: string | null
  /** Where to go afterwards: a path of ours. */
  next?: string | null
  /** Whether a forgotten password can be replaced by e-mail. */
  canReset?: boolean
}

/** Sign-in: a form that posts `email`, `password` and `next` to `/admin/login`, with or without a script. */
export function loginPage(context: PageContext, model: LoginModel = {}): Html {
  const words = wordsIn(context.language).login
  return plainPage(context, words.title, html`
      <p class="lead">${words.lead}</p>
      ${model.error && notice('problem', model.error, { alert: true })}
      <form class="form" method="post" action="/admin/login">
        ${model.next && html`<input type="hidden" name="next" value="${model.next}">`}
        ${field({
          name: 'email', label: words.email, type: 'email', value: model.email, required: true, autocomplete: 'username',
          maxLength: limits.emailCharsMax, autofocus: !model.email,
        })}
        ${passwordField(context.language, { name: 'password', label: words.password, autocomplete: 'current-password', autofocus: Boolean(model.email) })}
        <button class="button button-primary button-wide" type="submit">${words.submit}</button>
      </form>
      ${model.canReset
        ? html`<p><a href="/admin/forgot">${words.forgottenLink}</a></p>`
        : html`<p class="hint">${words.forgotten}<br><code>npm run arv -- reset-password ${model.email || 'name@example.com'}</code></p>`}`)
}

/** The second step: the code of an app, or a recovery code. */
export function secondStepPage(context: PageContext, model: { step: string; next: string | null; error?: string }): Html {
  const words = wordsIn(context.language).login
  return plainPage(context, words.codeTitle, html`
      <p class="lead">${words.codeLead}</p>
      ${model.error !== undefined && notice('problem', model.error, { alert: true })}
      <form class="form" method="post" action="/admin/login/code">
        <input type="hidden" name="step" value="${model.step}">
        ${model.next && html`<input type="hidden" name="next" value="${model.next}">`}
        ${field({ name: 'code', label: words.code, hint: words.codeHint, required: true, autocomplete: 'one-time-code', autofocus: true, maxLength: 64 })}
        <button class="button button-primary button-wide" type="submit">${words.submit}</button>
      </form>
      <p><a href="/admin/login">${words.startAgain}</a></p>`)
}

/** Asks for a link to a new password. The answer is the same whether the e-mail is known or not. */
export function forgotPage(context: PageContext, model: { canReset: boolean; isSent: boolean; state?: Refused }): Html {
  const words = wordsIn(context.language).login
  const { state } = model
  const form = html`<p class="lead">${words.forgotLead}</p>
      ${problem(state)}
      <form class="form" method="post" action="/admin/forgot">
        ${field({ name: 'email', label: words.email, type: 'email', value: state?.values.email, error: errorOf(state, 'email'), required: true, autocomplete: 'username', maxLength: limits.emailCharsMax, autofocus: true })}
        <button class="button button-primary button-wide" type="submit">${words.forgotSubmit}</button>
      </form>`
  const none = html`<p class="lead">${words.forgotNoMail}</p><p class="hint"><code>npm run arv -- reset-password name@example.com</code></p>`
  return plainPage(context, words.forgotTitle, html`${model.isSent ? notice('done', words.forgotSent) : model.canReset ? form : none}
      <p><a href="/admin/login">${words.backToSignIn}</a></p>`)
}

/** Takes a new password for the link that was sent. */
export function resetPage(context: PageContext, model: { token: string; isDone: boolean; state?: Refused }): Html {
  const words = wordsIn(context.language).login
  return plainPage(context, words.resetTitle, model.isDone
    ? html`${notice('done', words.resetDone)}<p><a class="button button-primary" href="/admin/login">${words.title}</a></p>`
    : html`<p class="lead">${words.resetLead}</p>
      ${problem(model.state)}
      <form class="form" method="post" action="/admin/reset">
        <input type="hidden" name="token" value="${model.token}">
        ${newPasswordField(context.language, 'password', model.state)}
        <button class="button button-primary button-wide" type="submit">${words.resetSubmit}</button>
      </form>`)
}

/** Takes the name and the password of somebody who was invited. */
export function joinPage(context: PageContext, model: { token: string; invitation: { email: string; role: keyof Roles; company_name: string | null; invited_by: string | null }; state?: Refused }): Html {
  const words = wordsIn(context.language)
  const { invitation, state } = model
  const lead = fill(words.login.joinLead, { inviter: invitation.invited_by ?? words.admin.name, company: invitation.company_name ?? words.admin.name, role: words.roles[invitation.role].name })
  return plainPage(context, words.login.joinTitle, html`<p class="lead">${lead}</p>
      ${problem(state)}
      <form class="form" method="post" action="/admin/join">
        <input type="hidden" name="token" value="${model.token}">
        ${field({ name: 'email', label: words.login.email, type: 'email', value: invitation.email, autocomplete: 'username', readonly: true })}
        ${field({ name: 'name', label: words.login.name, value: state?.values.name, error: errorOf(state, 'name'), required: true, autocomplete: 'name', maxLength: limits.nameCharsMax, autofocus: true })}
        ${newPasswordField(context.language, 'password', state)}
        <button class="button button-primary button-wide" type="submit">${words.login.joinSubmit}</button>
      </form>`)
}

type Roles = ReturnType<typeof wordsIn>['roles']

/** Confirms a new e-mail by a button: a link that is only looked at changes nothing. */
export function emailPage(context: PageContext, model: { token: string; email: string | null }): Html {
  const words = wordsIn(context.language).login
  return plainPage(context, words.emailTitle, model.email !== null
    ? html`${notice('done', fill(words.emailDone, { email: model.email }))}<p><a class="button button-primary" href="/admin">${words.onward}</a></p>`
    : html`<p class="lead">${words.emailLead}</p>
      <form class="form" method="post" action="/admin/email">
        <input type="hidden" name="token" value="${model.token}">
        <button class="button button-primary button-wide" type="submit">${words.emailSubmit}</button>
      </form>`)
}

export function newPasswordField(language: Language, name: string, state: Refused | undefined): Html {
  const words = wordsIn(language).login
  return passwordField(language, {
    name, label: words.newPassword, hint: fill(words.newPasswordHint, { count: limits.passwordCharsMin }), autocomplete: 'new-password', error: errorOf(state, name), minLength: limits.passwordCharsMin,
  })
}

/** A password with an eye to look at it. */
export function passwordField(language: Language, model: { name: string; id?: string; label: string; hint?: string; autocomplete: string; error?: string | null; autofocus?: boolean; minLength?: number }): Html {
  const words = wordsIn(language).login
  return field(
    { ...model, type: 'password', required: true, maxLength: limits.passwordCharsMax },
    html`<button class="button button-quiet button-icon button-inside" type="button" hidden data-show-password="field-${model.id ?? model.name}"
            data-show="${words.showPassword}" data-hide="${words.hidePassword}" aria-label="${words.showPassword}"
              aria-pressed="false">${icon('eye')}</button>`,
  )
}

export function errorOf(state: Refused | undefined, name: string): string | null {
  return state?.field === name ? state.message : null
}

/** What is wrong with a form as a whole. */
export function problem(state: Refused | undefined): Html | null {
  return state === undefined || state.field !== null ? null : notice('problem', state.message, { alert: true })
}

function plainPage(context: PageContext, title: string, content: Html): Html {
  return page(context, { title, plain: true, main: html`<section class="panel panel-narrow">
      <h1>${title}</h1>
      ${content}
    </section>` })
}
