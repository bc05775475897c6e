import { copyButton, day, dayWords, dialog, field, fieldLabel, moment, notice, select } from '../../lib/html/components.ts'
import { html, raw } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { limits } from '../../limits.ts'
import { fill, plural, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import { describeDevice } from './device.ts'
import { errorOf, newPasswordField, passwordField, problem } from './signin.ts'
import type { Refused } from './signin.ts'

export interface AccountModel {
  me: { name: string; email: string; role: 'admin' | 'manager' | 'editor' | 'viewer'; company: string | null; language: Language | null }
  twoFactor: { enabled: boolean; recovery_codes_left: number }
  /** A second factor that waits for its first code. */
  setup: { secret: string; qr_svg: string } | null
  sessions: readonly { id: string; user_agent: string | null; last_seen_at: string; current: boolean }[]
  tokens: readonly { id: number; name: string; beginning: string; scope: 'read' | 'write' | 'manage'; last_used_at: string | null; expires_at: string | null }[]
  done?: 'saved' | 'password' | 'email' | 'email-sent' | 'session' | 'two-factor-off' | 'token' | undefined
  state?: Refused & { form: string }
  /** Shown this once. */
  secrets?: { codes?: string[]; token?: string }
}

/** `/admin/account`: one's own name, password, second factor, sessions and API tokens. */
export function accountPage(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language)
  const { me } = model
  return page(context, {
    title: words.admin.myAccount,
    main: html`<div class="narrow stack">
      <div><h1>${words.admin.myAccount}</h1><p class="lead">${me.email} · ${words.roles[me.role].name}${me.company && ` · ${me.company}`}</p></div>
      ${model.done !== undefined && notice('done', words.account.done[model.done])}
      ${profile(context, model)}
      ${passwordPanel(context, model)}
      ${twoFactor(context, model)}
      ${sessions(context, model)}
      ${tokens(context, model)}
    </div>`,
    after: tokenDialog(context, model),
  })
}

const stateOf = (model: AccountModel, form: string) => (model.state?.form === form ? model.state : undefined)

function profile(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language)
  const me = stateOf(model, 'me')
  const email = stateOf(model, 'email')
  const language = me?.values.language ?? model.me.language ?? ''
  return html`<section class="panel stack" aria-labelledby="title-me"><h2 id="title-me">${words.account.profile}</h2>
    <form class="form" method="post" action="/admin/account">${problem(me)}
      <div class="pair">
        ${field({ name: 'name', label: words.login.name, value: me?.values.name ?? model.me.name, error: errorOf(me, 'name'), required: true, maxLength: limits.nameCharsMax, autocomplete: 'name' })}
        ${select({ name: 'language', label: words.account.mailLanguage, error: errorOf(me, 'language'), options: [
          { value: '', label: words.account.asCompany, selected: language === '' }, { value: 'en', label: 'English', selected: language === 'en' }, { value: 'ru', label: 'Русский', selected: language === 'ru' },
        ] })}
      </div>
      <div class="row row-end"><button class="button button-primary" type="submit">${words.admin.save}</button></div>
    </form>
    <form class="form" method="post" action="/admin/account/email">${problem(email)}
      <div class="pair">
        ${field({ name: 'email', label: words.account.newEmail, type: 'email', value: email?.values.email, error: errorOf(email, 'email'), required: true, maxLength: limits.emailCharsMax, autocomplete: 'email' })}
        ${passwordField(context.language, { name: 'password', id: 'email-password', label: words.account.password, autocomplete: 'current-password', error: errorOf(email, 'password') })}
      </div>
      <div class="row row-end"><button class="button" type="submit">${words.account.changeEmail}</button></div>
    </form>
  </section>`
}

function passwordPanel(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language)
  const state = stateOf(model, 'password')
  return html`<section class="panel stack" aria-labelledby="title-password"><h2 id="title-password">${words.login.password}</h2>
    <form class="form" method="post" action="/admin/account/password">${problem(state)}
      <input type="hidden" name="username" autocomplete="username" value="${model.me.email}">
      <div class="pair">
        ${passwordField(context.language, { name: 'password', id: 'old-password', label: words.account.oldPassword, autocomplete: 'current-password', error: errorOf(state, 'password') })}
        ${newPasswordField(context.language, 'new_password', state)}
      </div>
      <p class="hint">${words.account.passwordHint}</p>
      <div class="row row-end"><button class="button button-primary" type="submit">${words.account.changePassword}</button></div>
    </form></section>`
}

function twoFactor(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language).account
  const { enabled, recovery_codes_left: left } = model.twoFactor
  return html`<section class="panel stack" aria-labelledby="title-two-factor" id="two-factor">
    <h2 id="title-two-factor">${words.twoFactor} <span class="badge ${enabled ? 'badge-ready' : ''}">${enabled ? words.on : words.off}</span></h2>
    <p>${words.twoFactorLead}</p>
    ${model.secrets?.codes && recoveryCodes(context, model.secrets.codes)}
    ${enabled ? html`<p>${plural(context.language, left, words.codesLeft)}</p>${enabledForms(context, model)}` : setupForms(context, model)}
  </section>`
}

function recoveryCodes(context: PageContext, codes: string[]): Html {
  const words = wordsIn(context.language).account
  return notice('warning', html`<p><strong>${words.codesTitle}</strong></p><p>${words.codesText}</p>
    <div class="codes">${codes.map((code) => html`<code>${code}</code>`)}</div><p class="row">${copyButton(context.language, codes.join('\n'), words.codesTitle)}</p>`, { alert: true })
}

function setupForms(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language).account
  const state = stateOf(model, 'two-factor')
  const confirm = stateOf(model, 'confirm')
  if (model.setup === null) {
    return html`<form class="form" method="post" action="/admin/account/two-factor">${problem(state)}
      ${passwordField(context.language, { name: 'password', id: 'start-password', label: words.password, autocomplete: 'current-password', error: errorOf(state, 'password') })}
      <div class="row row-end"><button class="button button-primary" type="submit">${icon('key')}<span>${words.setUp}</span></button></div></form>`
  }
  return html`<div class="totp"><div class="totp-paper">${raw(model.setup.qr_svg)}</div>
      <div><p>${words.scan}</p><p class="hint">${words.byHand}</p><p class="secret"><code>${model.setup.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code></p></div></div>
    <form class="form" method="post" action="/admin/account/two-factor/confirm">${problem(confirm)}
      ${field({ name: 'code', label: words.firstCode, error: errorOf(confirm, 'code'), required: true, autocomplete: 'one-time-code', maxLength: 10 })}
      <div class="row row-end"><button class="button button-primary" type="submit">${words.turnOn}</button></div></form>`
}

function enabledForms(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language).account
  const state = stateOf(model, 'codes')
  return html`<form class="form" method="post" action="/admin/account/two-factor/codes">${problem(state)}
    ${passwordField(context.language, { name: 'password', id: 'codes-password', label: words.password, autocomplete: 'current-password', error: errorOf(state, 'password') })}
    <div class="row row-end"><button class="button" type="submit">${words.newCodes}</button>
      <button class="button danger" type="submit" formaction="/admin/account/two-factor/disable">${words.turnOff}</button></div></form>`
}

function sessions(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language).account
  return html`<section class="stack" aria-labelledby="title-sessions"><div><h2 id="title-sessions">${words.sessions}</h2><p class="lead">${words.sessionsLead}</p></div>
    <ul class="rows">${model.sessions.map((session) => html`<li class="item"><div class="item-main">
      <span class="item-title">${describeDevice(session.user_agent, words.unknownDevice)}${session.current && html` <span class="badge badge-ready">${words.thisOne}</span>`}</span>
      <span class="item-line">${words.lastSeen} ${moment(context.language, session.last_seen_at)}</span></div>
      ${!session.current && html`<form class="item-end" method="post" action="/admin/account/sessions/end"><input type="hidden" name="id" value="${session.id}">
        <button class="button button-quiet" type="submit">${words.end}</button></form>`}</li>`)}</ul>
    ${model.sessions.length > 1 && html`<form class="row row-end" method="post" action="/admin/account/sessions/end"><button class="button" type="submit">${words.endOthers}</button></form>`}
  </section>`
}

function tokens(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language)
  const { account } = words
  return html`<section class="stack" aria-labelledby="title-tokens" id="tokens"><div class="page-head"><div><h2 id="title-tokens">${account.tokens}</h2><p class="lead">${account.tokensLead}</p></div>
      <button class="button" type="button" data-dialog="new-token">${icon('add')}<span>${account.newToken}</span></button></div>
    ${model.secrets?.token && notice('warning', html`<p><strong>${account.tokenTitle}</strong></p><p>${account.tokenText}</p>
      <p class="secret"><code>${model.secrets.token}</code>${copyButton(context.language, model.secrets.token, account.tokenTitle)}</p>`, { alert: true })}
    ${model.tokens.length === 0 ? html`<p class="hint">${account.noTokens}</p>` : html`<ul class="rows">${model.tokens.map((token) => html`<li class="item"><div class="item-main">
      <span class="item-title">${token.name}</span>
      <span class="item-line"><code>${token.beginning}…</code> · ${account.scopes[token.scope].name} · ${token.expires_at === null ? account.noEnd : fill(account.until, { date: dayWords(context.language, token.expires_at) })}</span>
      <span class="item-line">${account.lastUsed} ${token.last_used_at === null ? words.admin.never : day(context.language, token.last_used_at)}</span></div>
      <form class="item-end" method="post" action="/admin/account/tokens/delete"><input type="hidden" name="id" value="${token.id}">
        <button class="button button-quiet danger" type="submit" aria-label="${account.deleteToken}: ${token.name}">${account.deleteToken}</button></form></li>`)}</ul>`}
    <noscript>${tokenForm(context, model)}</noscript>
  </section>`
}

function tokenDialog(context: PageContext, model: AccountModel): Html {
  return dialog({ id: 'new-token', title: wordsIn(context.language).account.newToken, body: tokenForm(context, model), open: model.state?.form === 'tokens' }, context.language)
}

const dayChoices = [30, 90, 366]

function tokenForm(context: PageContext, model: AccountModel): Html {
  const words = wordsIn(context.language)
  const { account } = words
  const state = stateOf(model, 'tokens')
  const chosen = state?.values.scope ?? 'write'
  return html`<form class="form" method="post" action="/admin/account/tokens">${problem(state)}
    ${field({ name: 'name', id: 'token-name', label: account.tokenName, hint: account.tokenNameHint, value: state?.values.name, error: errorOf(state, 'name'), required: true, maxLength: limits.nameCharsMax })}
    <fieldset class="field stack"><legend class="label">${account.scope}</legend>${(['read', 'write', 'manage'] as const).map((scope) => html`<label class="row">
      <input type="radio" name="scope" value="${scope}"${scope === chosen && html` checked`}><span><strong>${account.scopes[scope].name}</strong> <span class="hint">${account.scopes[scope].about}</span></span></label>`)}</fieldset>
    <div class="field">${fieldLabel({ name: 'days', label: account.expiry })}<div class="field-box"><select class="input select" id="field-days" name="days">
      ${dayChoices.map((days) => html`<option value="${days}"${days === 90 && html` selected`}>${plural(context.language, days, account.days)}</option>`)}
      <option value="">${account.noEnd}</option></select></div></div>
    <div class="row row-end"><button class="button" type="button" data-close>${words.admin.cancel}</button>
      <button class="button button-primary" type="submit">${account.makeToken}</button></div></form>`
}
