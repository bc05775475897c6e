/** Markup that is already safe: made only by `html` and `raw`. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

export type HtmlValue = Html | string | number | bigint | null | undefined | false | readonly HtmlValue[]

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => escapes[character]) : text
}

/**
 * A tagged template that escapes every value, in text and in quoted attributes alike. Lists are joined; null,
 * undefined and false render as nothing; `Html` passes as it is. Attribute values must stand in quotes.
 */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  let text = parts[0]
  for (let index = 0; index < values.length; index++) text += render(values[index]) + parts[index + 1]
  return new Html(text)
}

/** Marks text as safe markup. Only for markup that we made ourselves, such as an SVG. */
export function raw(text: string): Html {
  return new Html(text)
}

/** JSON that may stand inside a `<script type="application/json">` element. */
export function jsonForScript(value: unknown): Html {
  return new Html(JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`))
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(render).join('')
  return escapeHtml(String(value))
}
