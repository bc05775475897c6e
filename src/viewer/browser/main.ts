/** The guest's page: start screen → camera → the video on the photo. */
import type { ViewerManifest } from '../contract.ts'
import type { Surroundings } from './browsers.ts'
import { findOutsideUrl, readSurroundings } from './browsers.ts'
import { copyLink, element, showScreen } from './screens.ts'
import { Show } from './show.ts'
import { startAlbumVisits, startVisit } from './visit.ts'

const manifest = JSON.parse(element('manifest').textContent) as ViewerManifest
const surroundings = readSurroundings(navigator.userAgent, navigator.maxTouchPoints, Object.keys(window).filter((name) => name.startsWith('Telegram')))
const show = new Show(manifest, surroundings, manifest.album_url === undefined ? startVisit(manifest) : startAlbumVisits(manifest.visits_url))

if (surroundings.app !== null) tellInApp(surroundings, surroundings.app)
on('open', () => show.open())
on('again', () => show.again())
on('close', () => show.close())
on('watch', () => show.watch())
on('watch-stage', () => show.watch())
on('watch-problem', () => show.watch())
on('close-video', () => show.close())
on('sound', () => show.toggleSound())
on('torch', () => show.toggleTorch())
for (const button of document.querySelectorAll('.copy-link')) button.addEventListener('click', () => void copyLink(manifest.page_url, manifest.words))
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') show.close() })
document.addEventListener('visibilitychange', () => (document.visibilityState === 'visible' ? show.wake() : show.sleep()))
showScreen('start', false)
// What the tap will need is fetched while the guest reads, after the page has been painted.
requestAnimationFrame(() => setTimeout(() => show.prepare()))

function on(id: string, action: () => void): void {
  element(id).addEventListener('click', action)
}

function tellInApp(surroundings: Surroundings, app: string): void {
  const { words, page_url } = manifest
  element('in-app-text').textContent = `${app === '' ? words.inAppUnknown : words.inApp.replace('{app}', app)} ${words.inAppHowMenu}`
  const outside = findOutsideUrl(page_url, surroundings)
  const link = element<HTMLAnchorElement>('outside')
  link.hidden = outside === undefined
  if (outside !== undefined) link.href = outside
  element('in-app').hidden = false
}
