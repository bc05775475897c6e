const yearSeconds = 365 * 24 * 60 * 60

document.addEventListener('click', (event) => {
  const target = event.target as Element
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false

  const theme = target.closest<HTMLElement>('[data-theme]:not(html)')
  if (theme) {
    event.preventDefault()
    chooseTheme(theme)
  }
  const password = target.closest<HTMLButtonElement>('[data-show-password]')
  if (password) togglePassword(password)
})

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  for (const menu of openMenus()) {
    menu.open = false
    menu.querySelector('summary')?.focus()
  }
})

function openMenus(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]')]
}

/** Changes colours at once and keeps the choice in the cookie that the server reads. */
function chooseTheme(link: HTMLElement): void {
  const theme = link.dataset.theme ?? 'system'
  document.cookie = `theme=${theme}; path=/; max-age=${yearSeconds}; samesite=lax`
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  for (const other of link.parentElement?.querySelectorAll('[data-theme]') ?? []) other.removeAttribute('aria-current')
  link.setAttribute('aria-current', 'true')
}

function togglePassword(button: HTMLButtonElement): void {
  const input = document.getElementById(button.dataset.showPassword ?? '') as HTMLInputElement
  const isShown = input.type === 'password'
  input.type = isShown ? 'text' : 'password'
  button.setAttribute('aria-pressed', String(isShown))
  button.setAttribute('aria-label', (isShown ? button.dataset.hide : button.dataset.show) ?? '')
}
