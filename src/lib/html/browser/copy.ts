import { sayOnce } from './toasts.ts'

document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest<HTMLElement>('[data-copy]')
  if (button) void copyText(button.dataset.copy ?? '').then((copied) => sayOnce(copied ? 'copied' : 'copyFailed'))
})

/** Plain HTTP on a local network has no `navigator.clipboard`; the old way works there. */
async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text).then(() => true, () => false)
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr-only'
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  return copied
}
