import { wordsIn } from '../../words/words.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { page } from './layout.ts'
import type { PageContext } from './layout.ts'

/** A whole page that says what went wrong. `message` is in the reader's language already (`describeError`). */
export function errorPage(context: PageContext, model: { status: number; message: string; requestId: string }): Html {
  const words = wordsIn(context.language).errorPages
  const titles: Record<number, string> = { 401: words.titles.forbidden, 403: words.titles.forbidden, 404: words.titles.notFound }
  const title = titles[model.status] ?? (model.status >= 500 ? words.titles.broken : words.titles.other)
  return page(context, {
    title,
    plain: true,
    main: html`<section class="panel panel-narrow error-page">
      <p class="error-status" aria-hidden="true">${model.status}</p>
      <h1>${title}</h1>
      <p>${model.message}</p>
      ${model.status >= 500 && html`<p class="hint">${words.requestId}: <code>${model.requestId}</code></p>`}
      <p class="row">
        <a class="button button-primary" href="${context.user ? '/admin/content' : '/'}">${context.user ? words.orders : words.home}</a></p>
    </section>`,
  })
}
