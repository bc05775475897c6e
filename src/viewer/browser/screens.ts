import type { ViewerWords } from '../contract.ts'
import type { Surroundings } from './browsers.ts'

export type ProblemName = keyof ViewerWords['problems']
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

/** `blocked`: the browser gives sound only after another tap. */
export function showSound(on: boolean, blocked: boolean): void {
  const button = element('sound')
  setToggle(button, on)
  button.dataset.blocked = String(blocked)
  element('sound-call').hidden = !blocked
}

/** Null for silence: the video speaks for itself. */
export function showHint(text: string | null, tip: boolean): void {
  const hint = element('hint')
  hint.dataset.silent = String(text === null)
  hint.dataset.tip = String(tip)
  if (text !== null) element('hint-text').textContent = text
}

export function showProblem(words: ViewerWords, name: ProblemName, surroundings: Surroundings): void {
  const { refused } = words.problems
  const { heading, text } = words.problems[name]
  const ways = { ios: surroundings.safari ? refused.iosSafari : refused.iosOther, android: refused.android, desktop: refused.desktop }
  const way = surroundings.app === null ? ways[surroundings.platform] : `${text} ${words.inAppHowMenu}`
  element('problem-heading').textContent = heading
  element('problem-text').textContent = name === 'refused' ? way : text
  element('again').hidden = name === 'insecure' || name === 'unsupported'
  // Where trying again is unlikely to help, the video without the camera is the way on.
  const hopeless = name === 'absent' || name === 'insecure' || name === 'unsupported'
  element('again').className = `button ${hopeless ? 'quiet' : 'primary'}`
  element('watch-problem').className = `button ${hopeless ? 'primary' : 'quiet'}`
  element('problem').dataset.hopeless = String(hopeless)
  showScreen('problem')
}

/** A canvas keeps its WebGL context for good, so the next opening gets a fresh one and this one's memory is given back. */
export function renewCanvas(): void {
  const old = element<HTMLCanvasElement>('canvas')
  old.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext()
  old.replaceWith(old.cloneNode())
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
