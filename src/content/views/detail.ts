import { copyButton, day, dayWords, dialog, notice, picture, statusBadge } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { icon } from '../../lib/html/icons.ts'
import { page } from '../../lib/html/layout.ts'
import type { PageContext } from '../../lib/html/layout.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { ContentView, VideoView } from '../schema.ts'
import { detailLayer, detailSwitch } from './detailmap.ts'
import { contentProgressFragment } from './progress.ts'
import { scorePanel } from './score.ts'

const codeSizesPixels = [512, 1024, 2048] as const

/** `/admin/content/{id}`: one order in full. When its task moves on, the script fetches this page and morphs `#order`. */
export function contentDetailPage(context: PageContext, content: ContentView): Html {
  const { language } = context
  const words = wordsIn(language)
  return page(context, {
    title: fill(words.order.title, { number: content.order_number }),
    main: html`<div id="order">
      <div class="page-head">
        <div>
          <a class="back" href="/admin/content">${icon('back')}${words.admin.orders}</a>
          <h1>${fill(words.order.title, { number: content.order_number })} ${statusBadge(language, content.status)}</h1>
        </div>
        ${content.status === 'ready' && html`<a class="button button-primary" href="${content.short_link}" target="_blank"
          rel="noopener">${icon('open')}<span>${words.order.openViewer}</span></a>`}
      </div>
      ${contentProgressFragment(language, content)}
      <div class="order">
        <div class="order-main">${photoPanel(language, content)}${videosPanel(language, content)}</div>
        <div class="order-side">
          ${content.status !== 'failed' && codePanel(language, content)}
          ${(content.status !== 'failed' || content.marker_score !== null) && scorePanel(language, content)}
          ${content.status !== 'failed' && linksPanel(language, content)}
          ${customerPanel(language, content)}
        </div>
      </div>
    </div>`,
    after: content.print_warning === null ? undefined : printDialog(language, content.print_warning),
  })
}

function photoPanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language).order
  return html`<section class="panel panel-flush photo-panel" aria-label="${words.photo}">
    <a class="photo" href="${content.photo_url}" target="_blank" rel="noopener" title="${words.openPhoto}">${picture({
      alt: fill(words.photoAlt, { number: content.order_number }), url: content.photo_url,
      width: content.photo_width, height: content.photo_height,
      blur: content.photo_blur, previews: content.previews, sizes: '(min-width: 1024px) 720px, 100vw', eager: true,
    })}${detailLayer(language, content)}</a>
    <div class="photo-foot hint"><span>${words.photo} · ${fill(words.size, { width: content.photo_width, height: content.photo_height })}</span>
      ${detailSwitch(language, content)}</div>
  </section>`
}

function videosPanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language).order
  return html`<section class="panel" aria-labelledby="title-videos">
    <h2 id="title-videos">${words.videos}</h2>
    ${content.videos.length === 0 ? html`<p class="hint">${words.noVideos}</p>` : content.videos.map((video) => videoRow(language, video))}
  </section>`
}

function videoRow(language: Language, video: VideoView): Html {
  const words = wordsIn(language)
  const facts = [
    video.duration_seconds !== null && clock(video.duration_seconds),
    video.width !== null && `${video.width} × ${video.height}`,
    `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(video.size_bytes / 1e6)} ${language === 'ru' ? 'МБ' : 'MB'}`,
  ].filter(Boolean)
  return html`<article class="video" id="video-${video.id}">
    ${video.video_url === null
      ? html`<div class="video-wait">${icon(video.failure ? 'warning' : 'video')}
        <p>${video.failure?.message ?? words.order.videoPreparing}</p></div>`
      : html`<video id="player-${video.id}" controls playsinline preload="none" src="${video.video_url}"${video.thumbnail_url && html`
        poster="${video.thumbnail_url}"`}
      ${video.width !== null && html` width="${video.width}" height="${video.height}"`} aria-label="${video.title}"></video>`}
    <div class="video-about"><strong>${video.title}</strong>${video.is_active && video.status === 'ready' && html`<span
      class="badge badge-ready">${icon('play')}${words.order.active}</span>`}
      ${video.status !== 'ready' && statusBadge(language, video.status)}<span class="hint">${facts.join(' · ')}</span></div>
  </article>`
}

function codePanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language).order
  const address = `/api/ar-content/${content.id}/qr`
  const name = `qr-${content.order_number.replace(/[^\p{L}\p{N}_-]+/gu, '-')}`
  const download = (href: string, file: string, label: string) => html`<a class="button" href="${href}" download="${file}"
    ${content.print_warning !== null && html` data-warn="print-warning"`}>${icon('download')}<span><span
      class="sr-only">${words.download}: </span>${label}</span></a>`
  return html`<section class="panel" aria-labelledby="title-code">
    <h2 id="title-code">${words.code}</h2>
    <div class="code">
      <div class="code-paper"><img src="${address}.svg" width="160" height="160"
        alt="${fill(words.codeAlt, { link: content.short_link })}"></div>
      <p class="hint">${words.codeLead}</p>
      <div class="code-downloads">
        ${download(`${address}.svg`, `${name}.svg`, words.vector)}
        ${codeSizesPixels.map((size) => download(`${address}.png?size=${size}`, `${name}-${size}.png`, fill(words.pixels, { size })))}
      </div>
    </div>
    ${content.print_warning !== null && notice('warning', content.print_warning)}
  </section>`
}

function printDialog(language: Language, warning: string): Html {
  const words = wordsIn(language)
  return dialog({
    id: 'print-warning',
    title: words.order.printTitle,
    body: html`<p>${warning}</p>
      <div class="row row-end">
        <a class="button" data-warned href="#">${words.order.printAnyway}</a>
        <button class="button button-primary" type="button" data-close autofocus>${words.admin.cancel}</button>
      </div>`,
  }, language)
}

function linksPanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language).order
  const link = (label: string, href: string) => html`<div class="link">
    <div class="link-text"><span class="hint">${label}</span><a href="${href}" target="_blank"
      rel="noopener">${href.replace(/^https?:\/\//, '')}</a></div>
    ${copyButton(language, href, label)}</div>`
  return html`<section class="panel" aria-labelledby="title-links">
    <h2 id="title-links">${words.links}</h2>
    ${link(words.shortLink, content.short_link)}
    ${link(words.publicLink, content.public_link)}
  </section>`
}

function customerPanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language).order
  const { customer_phone: phone, expires_at: end } = content
  const row = (label: string, value: Html | string | null) => value !== null && html`<div><dt>${label}</dt><dd>${value}</dd></div>`
  return html`<section class="panel" aria-labelledby="title-details">
    <h2 id="title-details">${words.details}</h2>
    <dl class="facts">
      ${row(words.customer, content.customer_name ?? html`<span class="hint">${words.nobody}</span>`)}
      ${row(words.phone, phone && html`<a href="tel:${phone.replace(/[^\d+]/g, '')}">${phone}</a>`)}
      ${row(words.email, content.customer_email && html`<a href="mailto:${content.customer_email}">${content.customer_email}</a>`)}
      ${row(words.company, content.company_name)}
      ${row(words.project, content.project_name)}
      ${row(words.created, day(language, content.created_at))}
      ${row(words.expires, endWords(language, end))}
    </dl>
  </section>`
}

function endWords(language: Language, end: string | null): Html | string {
  const words = wordsIn(language).order
  if (end === null) return words.never
  return new Date(end).getTime() < Date.now() ? fill(words.expired, { date: dayWords(language, end) }) : day(language, end)
}

/** Seconds as minutes and seconds, e.g. 75 → “1:15”. */
function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
