export type ScreenName = 'start' | 'stage' | 'problem' | 'player'

/** The elements that `page.ts` made, by their ids. */
export function element<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no #${id}`)
  return found as Kind
}

const firstFocus: Record<ScreenName, string> = { start: 'open', stage: 'close', problem: 'problem-heading', player: 'close-video' }

/** Shows one screen and hides the others; the focus follows. */
export function showScreen(name: ScreenName, focus = true): void {
  document.body.dataset.screen = name
  for (const id of ['start', 'stage', 'problem'] as const) element(id).hidden = id !== name
  element('player-bar').hidden = name !== 'player'
  const video = element<HTMLVideoElement>('video')
  video.controls = name === 'player'
  video.inert = name !== 'player'
  if (focus) element(firstFocus[name]).focus({ preventScroll: true })
}

export function currentScreen(): ScreenName {
  return document.body.dataset.screen as ScreenName
}

/** A button that is on or off: its name changes for those who hear it, its look for those who see it. */
export function setToggle(button: HTMLElement, on: boolean): void {
  button.dataset.on = String(on)
  const label = on ? button.dataset.labelOn : button.dataset.labelOff
  if (label !== undefined) button.setAttribute('aria-label', label)
  else button.setAttribute('aria-pressed', String(on))
}

/** Puts the page's address into the clipboard, or shows it to be copied by hand. */
export async function copyLink(url: string, words: { copied: string; copyFailed: string }): Promise<void> {
  const copied = await (navigator.clipboard?.writeText(url) ?? Promise.reject(new Error('no clipboard'))).then(() => true, () => false)
  for (const note of document.querySelectorAll<HTMLElement>('.copy-note')) {
    note.textContent = copied ? words.copied : `${words.copyFailed} `
    if (!copied) note.append(Object.assign(document.createElement('b'), { textContent: url, className: 'address' }))
    note.hidden = false
  }
}
