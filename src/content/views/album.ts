import { copyButton, notice } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { limits } from '../../limits.ts'
import { fill, plural, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

export interface AlbumModel {
  /** Of the project. */
  id: number
  name: string
  link: string
  photos: number
  /** More photos than an album shows. */
  isOver: boolean
  /** The link leads to an address that phones elsewhere cannot open. */
  isPrivate: boolean
}

const codeSizePixels = 1024

/** The code and link of a whole project, and what they are for. */
export function albumPanel(language: Language, album: AlbumModel): Html {
  const words = wordsIn(language)
  const address = `/api/projects/${album.id}/qr`
  const download = (href: string, label: string) => html`<a class="button" href="${href}" download>${icon('download')}<span><span
    class="sr-only">${words.order.download}: </span>${label}</span></a>`
  return html`<details class="panel album" id="album-${album.id}">
    <summary class="album-summary">${icon('order')}<span><strong>${words.album.title}</strong>
      <span class="hint">${album.name} · ${plural(language, album.photos, words.album.photos)}</span></span></summary>
    <div class="code">
      <div class="code-paper"><img src="${address}.svg" width="160" height="160" loading="lazy" alt="${fill(words.order.codeAlt, { link: album.link })}"></div>
      <p class="hint">${words.album.text}</p>
      <div class="code-downloads">
        ${download(`${address}.svg?download`, words.order.vector)}
        ${download(`${address}.png?size=${codeSizePixels}&download`, fill(words.order.pixels, { size: codeSizePixels }))}
      </div>
    </div>
    <div class="link"><div class="link-text"><span class="hint">${words.album.link}</span><a href="${album.link}" target="_blank"
      rel="noopener">${album.link.replace(/^https?:\/\//, '')}</a></div>${copyButton(language, album.link, words.album.link)}</div>
    ${album.isOver && notice('warning', fill(words.album.over, { limit: limits.albumPhotosMax, count: album.photos }))}
    ${album.isPrivate && notice('warning', fill(words.order.printWarning, { address: album.link.replace(/\/p\/.*/, '') }))}
  </details>`
}
