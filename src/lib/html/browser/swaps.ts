import htmx from 'htmx.org'
import { sayOnce } from './toasts.ts'

void htmx

interface RequestContext {
  request: { body: FormData | null; method: string }
  response?: { status: number }
  sourceElement: Element
}

/** Empty filters do not belong into the address. */
document.addEventListener('htmx:config:request', (event) => {
  const { request, sourceElement } = contextOf(event)
  if (!sourceElement.matches('[data-filters]') || !(request.body instanceof FormData)) return
  for (const [name, value] of [...request.body]) if (value === '') request.body.delete(name)
})

/** A hidden page asks for nothing; it asks again as soon as it is seen. */
document.addEventListener('htmx:before:request', (event) => {
  if (document.hidden && contextOf(event).sourceElement.matches('[data-live]')) event.preventDefault()
})

/** An error page does not replace a part of a good one: whoever was signed out goes to sign in, others read a line. */
document.addEventListener('htmx:before:response', (event) => {
  const status = contextOf(event).response?.status ?? 200
  if (status < 400) return
  event.preventDefault()
  if (status === 401) location.reload()
  else sayOnce('offline')
})
document.addEventListener('htmx:error', () => sayOnce('offline'))

/** A photo that this browser can't show (HEIC before its previews are made) leaves its blurred copy visible. */
document.addEventListener('error', (event) => {
  if (event.target instanceof HTMLImageElement) event.target.classList.add('is-broken')
}, true)

function contextOf(event: Event): RequestContext {
  return (event as CustomEvent<{ ctx: RequestContext }>).detail.ctx
}
