import { createHash } from 'node:crypto'
import type { Assets } from '../lib/assets/assets.ts'
import { html, jsonForScript, raw } from '../lib/html/html.ts'
import type { Html } from '../lib/html/html.ts'
import type { Words } from '../words/words.ts'
import { wordsIn } from '../words/words.ts'
import type { ViewerManifest, ViewerPhoto, ViewerState } from './contract.ts'
import { icon } from './icons.ts'

type PageWords = Words['viewer']['page']
export type ViewerPageAssets = Pick<Assets, 'url' | 'integrity' | 'text'>

/** Seconds after which a page of a photo that is still being prepared looks again. */
const lookAgainSeconds = 4

/**
 * The guest's page. Its style stands in the page (one round trip to the first paint; `styleSource` names it for the
 * Content-Security-Policy), its script in a file, its data in a script element.
 */
export function viewerPage(manifest: ViewerManifest, assets: ViewerPageAssets): Html {
  const words = wordsIn(manifest.language).viewer.page
  return html`<!doctype html>
<html lang="${manifest.language}">
${viewerHead(manifest, assets, words)}
<body data-screen="${manifest.state === 'ready' ? 'start' : 'notice'}">
${backdrop(manifest.photo)}
${manifest.state === 'ready' ? readyBody(manifest, words) : noticeBody(manifest, manifest.state, words)}
</body>
</html>
`
}

/** What `style-src` of the page's Content-Security-Policy must allow besides 'self'. */
export function styleSource(assets: Pick<Assets, 'integrity'>): string {
  return `'${assets.integrity('viewer.css')}'`
}

/** What it must allow besides for a page in the studio's colour. */
export function brandSource(manifest: ViewerManifest): string | null {
  const own = brandStyle(manifest)
  return own === null ? null : `'sha256-${createHash('sha256').update(own).digest('base64')}'`
}

/** The studio's colour, which stands in the page as a style sheet of its own. */
function brandStyle({ branding }: ViewerManifest): string | null {
  const accent = branding?.accent ?? null
  return accent === null ? null : `:root{--brand:${accent.ground};--on-brand:${accent.text}}`
}

function viewerHead(manifest: ViewerManifest, assets: ViewerPageAssets, words: PageWords): Html {
  const { state, page_url, photo } = manifest
  const own = brandStyle(manifest)
  const notice = state === 'ready' ? undefined : noticeWords(words, state)
  const title = notice?.heading ?? manifest.title ?? words.title
  const picture = photo === null || state === 'expired' ? undefined : new URL(photo.url, page_url).href
  return html`<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="dark">
<meta name="theme-color" content="#0e0f12">
<meta name="description" content="${notice?.text ?? words.description}">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">
${state === 'preparing' && html`<meta http-equiv="refresh" content="${lookAgainSeconds}">`}
<meta property="og:type" content="website">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${notice?.text ?? words.description}">
<meta property="og:url" content="${page_url}">
<meta property="og:locale" content="${manifest.language === 'ru' ? 'ru_RU' : 'en_GB'}">
${picture !== undefined && html`<meta property="og:image" content="${picture}">
<meta name="twitter:card" content="summary_large_image">`}
${state === 'ready' && html`<link rel="expect" href="#manifest" blocking="render">`}
<link rel="icon" href="data:,">
<style>${raw(assets.text('viewer.css'))}</style>${own !== null && html`<style>${raw(own)}</style>`}
${state === 'ready' && html`<script type="module" src="${assets.url('viewer.js')}" integrity="${assets.integrity('viewer.js')}"></script>`}
</head>`
}

function backdrop(photo: ViewerPhoto | null): Html | false {
  return photo?.blur != null && html`<img class="backdrop" src="${photo.blur}" alt="" aria-hidden="true">`
}

function noticeWords(words: PageWords, state: Exclude<ViewerState, 'ready'>): { heading: string; text: string } {
  return {
    preparing: { heading: words.preparingHeading, text: words.preparingText },
    expired: { heading: words.expiredHeading, text: words.expiredText },
    inactive: { heading: words.inactiveHeading, text: words.inactiveText },
    not_found: { heading: words.notFoundHeading, text: words.notFoundText },
    no_video: { heading: words.noVideoHeading, text: words.noVideoText },
    empty_album: { heading: words.emptyAlbumHeading, text: words.emptyAlbumText },
  }[state]
}

function noticeBody({ photo, page_url }: ViewerManifest, state: Exclude<ViewerState, 'ready'>, words: PageWords): Html {
  const { heading, text } = noticeWords(words, state)
  const again = state === 'preparing' || state === 'no_video' || state === 'empty_album'
  return html`<main class="notice" data-state="${state}">
${photo === null ? html`<div class="sign">${icon('photo')}</div>` : print(photo, words)}
<h1>${heading}</h1>
<p>${text}</p>
${state === 'preparing' && html`<div class="progress" role="presentation"></div>`}
${again && html`<a class="button quiet" href="${page_url}">${words.reload}</a>`}
</main>`
}

function readyBody(manifest: ViewerManifest, words: PageWords): Html {
  const photo = manifest.photo!
  return html`${startScreen(manifest, photo, words)}
${stage(manifest, photo, words)}
${problem(manifest, words)}
<video id="video" playsinline loop preload="metadata" crossorigin="anonymous"${manifest.video !== null && html` src="${manifest.video.url}"`}${poster(manifest)}></video>
<div id="player-bar" class="bar" hidden><button id="close-video" class="round" aria-label="${words.closeVideo}">${icon('close')}</button></div>
<script type="application/json" id="manifest">${jsonForScript(manifest)}</script>`
}

/** Of many photos none can be watched before one is found. */
function isAlbum(manifest: ViewerManifest): boolean {
  return manifest.album_url !== undefined
}

function poster({ video }: ViewerManifest): Html | false {
  return video?.poster_url != null && html` poster="${video.poster_url}"`
}

function startScreen(manifest: ViewerManifest, photo: ViewerPhoto, words: PageWords): Html {
  return html`<main id="start">
${print(photo, words)}
<div class="invitation">
${logo(manifest)}
<h1>${manifest.title ?? (isAlbum(manifest) ? words.albumHeading : words.startHeading)}</h1>
<p>${manifest.branding?.text ?? (isAlbum(manifest) ? words.albumText : words.startText)}</p>
<noscript>${manifest.video === null ? html`<p class="note">${words.noScriptAlbum}</p>` : html`<p class="note">${words.noScript}</p><p><a class="button primary" href="${manifest.video.url}">${words.noScriptVideo}</a></p>`}</noscript>
<div id="in-app" class="note" hidden>
<strong>${words.inAppHeading}</strong>
<p id="in-app-text"></p>
<p class="row"><a id="outside" class="button small" hidden>${words.openOutside}</a><button class="button small copy-link">${words.copyLink}</button></p>
<p class="copy-note" role="status" hidden></p>
</div>
<div class="actions">
<button id="open" class="button primary">${icon('camera')}${words.startButton}</button>
<button id="watch" class="button plain"${isAlbum(manifest) && html` hidden`}>${words.watchButton}</button>
</div>
<p class="privacy">${icon('shield')}${words.privacy}</p>
</div>
</main>`
}

/** The studio's sign; its name is what a screen reader says. */
function logo({ branding }: ViewerManifest): Html | false {
  return branding?.logo != null && html`<img class="logo" src="${branding.logo.url}" alt="${branding.name}" width="${branding.logo.width}" height="${branding.logo.height}">`
}

/** The photo as a paper print. */
function print(photo: ViewerPhoto, words: PageWords): Html {
  const turned = photo.width >= photo.height
  return html`<div class="print" data-turned="${String(turned)}">${picture(photo, words.photoAlt, '(orientation: landscape) 45vw, (min-width: 30rem) 24rem, 74vw')}</div>`
}

function picture(photo: ViewerPhoto, alt: string, sizes: string): Html {
  const formats = ['avif', 'webp'] as const
  const sources = formats.map((format) => {
    const sizesOf = photo.previews.filter((preview) => preview.format === format).sort((a, b) => a.width - b.width)
    return sizesOf.length > 0 && html`<source type="image/${format}" srcset="${sizesOf.map(({ url, width }) => `${url} ${width}w`).join(', ')}" sizes="${sizes}">`
  })
  return html`<picture>${sources}<img src="${photo.url}" width="${photo.width}" height="${photo.height}" alt="${alt}" decoding="async"></picture>`
}

function stage(manifest: ViewerManifest, photo: ViewerPhoto, words: PageWords): Html {
  return html`<section id="stage" data-found="false" hidden>
<video id="camera" playsinline muted autoplay aria-hidden="true" tabindex="-1"></video>
<canvas id="canvas" role="img" aria-label="${words.canvasLabel}"></canvas>
<svg class="finder" aria-hidden="true"${isAlbum(manifest) && html` hidden`} viewBox="0 0 ${photo.width} ${photo.height}" preserveAspectRatio="xMidYMid meet">${finder(photo)}</svg>
<div class="bar" role="group" aria-label="${words.controlsLabel}">
<button id="close" class="round" aria-label="${words.close}">${icon('close')}</button>
<span class="gap"></span>
<button id="torch" class="round" aria-label="${words.torch}" aria-pressed="false" hidden>${icon('torch')}</button>
<button id="sound" class="round" data-on="true" aria-label="${words.soundOff}" data-label-on="${words.soundOff}" data-label-off="${words.soundOn}">${icon('sound')}${icon('silence')}</button>
</div>
<p id="sound-call" class="call" hidden>${manifest.words.tapForSound}</p>
<p id="news" class="unseen" role="status"></p>
<div id="hint" data-silent="false" data-tip="false">
${!isAlbum(manifest) && html`<div class="thumb">${picture(photo, '', '96px')}</div>`}
<div class="hint-words"><p id="hint-text" role="status"></p><button id="watch-stage" class="link"${isAlbum(manifest) && html` hidden`}>${words.watchButton}</button></div>
</div>
</section>`
}

/** Four corners of the photo's own shape. */
function finder({ width, height }: ViewerPhoto): Html {
  const arm = Math.min(width, height) * 0.14
  const corner = (x: number, y: number, right: number, down: number) => `M${x + arm * right} ${y}H${x}V${y + arm * down}`
  return html`<path vector-effect="non-scaling-stroke" d="${corner(0, 0, 1, 1) + corner(width, 0, -1, 1) + corner(width, height, -1, -1) + corner(0, height, 1, -1)}"/>`
}

function problem(manifest: ViewerManifest, words: PageWords): Html {
  return html`<section id="problem" class="notice" hidden>
<div class="sign">${icon('camera-off')}</div>
<h1 id="problem-heading" tabindex="-1"></h1>
<p id="problem-text"></p>
<div class="actions">
<button id="again" class="button primary">${words.again}</button>
<button id="watch-problem" class="button quiet"${isAlbum(manifest) && html` hidden`}>${words.watchButton}</button>
<button class="button plain copy-link">${words.copyLink}</button>
</div>
<p class="copy-note" role="status" hidden></p>
</section>`
}
