/** Shows (or with null removes) the error of one field, and ties it to its input for screen readers. */
export function sayField(form: HTMLFormElement, name: string, message: string | null): void {
  const field = form.querySelector(`[data-field="${name}"]`)
  const input = field?.querySelector<HTMLInputElement>('input:not(.picker), select')
  const error = field?.querySelector<HTMLElement>('.field-error')
  if (!input || !error) return
  error.hidden = message === null
  error.textContent = message
  if (message === null) input.removeAttribute('aria-invalid')
  else input.setAttribute('aria-invalid', 'true')
}

/** Takes the reader to the first field that has an error. */
export function focusFirstError(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLElement>('[aria-invalid="true"]')
  input?.focus({ preventScroll: true })
  input?.closest('.field')?.scrollIntoView({ block: 'center' })
}
