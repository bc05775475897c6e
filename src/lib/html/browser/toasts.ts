const shownMs = 4000

/** Says one of the page's own sentences, which stand as data attributes on `#toasts`. */
export function sayOnce(name: 'copied' | 'copyFailed' | 'offline'): void {
  const place = document.getElementById('toasts')
  const text = place?.dataset[name]
  if (!place || !text || [...place.children].some((toast) => toast.textContent === text)) return
  const toast = document.createElement('p')
  toast.className = 'toast'
  toast.textContent = text
  place.append(toast)
  setTimeout(() => toast.remove(), shownMs)
}
