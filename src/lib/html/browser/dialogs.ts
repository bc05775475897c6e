document.addEventListener('click', (event) => {
  const target = event.target as Element
  const opener = target.closest<HTMLElement>('[data-dialog]')
  if (opener) openDialog(opener.dataset.dialog ?? '')

  if (target.closest('[data-close]') || target.closest('[data-warned]')) target.closest('dialog')?.close()
  // A click on the backdrop lands on the dialog itself; an upload under way is not closed by accident.
  if (target instanceof HTMLDialogElement && target.id !== 'upload-sheet' && isOutside(target, event)) target.close()

  const risky = target.closest<HTMLAnchorElement>('a[data-warn]')
  if (risky) {
    event.preventDefault()
    warnBefore(risky)
  }
})

/** Opens a `<dialog>` of the page by its id. */
export function openDialog(id: string): void {
  const dialog = document.getElementById(id)
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return
  dialog.showModal()
  dialog.querySelector<HTMLElement>('[autofocus], input')?.focus()
}

/** Shows the warning named by `data-warn`; its link then leads where the clicked one would have led. */
function warnBefore(link: HTMLAnchorElement): void {
  const id = link.dataset.warn ?? ''
  const onward = document.getElementById(id)?.querySelector<HTMLAnchorElement>('[data-warned]')
  if (!onward) return
  onward.href = link.href
  onward.download = link.download
  openDialog(id)
}

function isOutside(dialog: HTMLDialogElement, event: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect()
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom
}
