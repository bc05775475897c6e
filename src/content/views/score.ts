import { notice, picture } from '../../lib/html/components.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { ContentView, LookAlikeView, MarkerDetails, PhotoCheckView, ScoreLevel } from '../schema.ts'
import { scoreLevel } from '../score.ts'

/** The score as a gauge, what it means, where it holds, what would make it better, and what it may be taken for. */
export function scorePanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language)
  return html`<section class="panel" aria-labelledby="title-score">
    <h2 id="title-score">${words.order.score}</h2>
    ${content.marker_score === null ? html`<p class="hint">${words.order.scoreNone}</p>` : html`<div class="gauge-row">
      ${gauge(content.marker_score, fill(words.order.scoreOf, { score: content.marker_score }))}
      <p class="gauge-verdict">${words.scoreVerdicts[scoreLevel(content.marker_score)]}</p></div>
    ${content.marker_details && conditions(content.marker_details)}
    ${adviceList(content.marker_advice)}`}
    ${lookAlikes(language, content.look_alikes)}
  </section>`
}

const noticeKinds: Record<ScoreLevel, 'done' | 'warning' | 'problem'> = {
  excellent: 'done', good: 'done', careful: 'warning', poor: 'problem',
}

/** What `POST /api/photo-checks` answers to the create form: shown below the photo, before anything is uploaded. */
export function photoCheckFragment(language: Language, check: PhotoCheckView): Html {
  const words = wordsIn(language).photoTrial
  // A photo that no camera can recognise may be sent as well, but nobody should be encouraged to.
  const mayDo = check.marker_details !== null && (check.level === 'careful' || check.level === 'poor')
  return html`<div class="check" data-check-level="${check.level}">
    ${notice(noticeKinds[check.level], html`<p><strong>${fill(words.score, { score: check.score })}.</strong> ${check.verdict}</p>
      ${check.marker_details && conditions(check.marker_details)}
      ${adviceList(check.advice.map(({ message }) => message))}
      ${mayDo && html`<p>${words.anyway}</p>`}`)}
    ${lookAlikes(language, check.look_alikes, { inNewWindow: true })}
  </div>`
}

function conditions({ summary, plain }: MarkerDetails): Html {
  return html`<p class="conditions">${[summary, ...plain].join(' ')}</p>`
}

function adviceList(advice: readonly string[]): Html | null {
  return advice.length === 0 ? null : html`<ul class="advice">${advice.map((line) => html`<li>${line}</li>`)}</ul>`
}

/** @param options `inNewWindow`: the page around holds a form that must not be left */
function lookAlikes(language: Language, others: readonly LookAlikeView[], options: { inNewWindow?: boolean } = {}): Html | null {
  if (others.length === 0) return null
  const words = wordsIn(language).order
  const target = options.inNewWindow && html` target="_blank" rel="noopener"`
  return notice('warning', html`<p><strong>${words.lookAlikesTitle}</strong></p>
    <ul class="alikes">${others.map((other) => html`<li class="alike"><a href="/admin/content/${other.id}"${target}>${picture({
      alt: '', url: other.photo_url, width: other.photo_width, height: other.photo_height, blur: other.photo_blur, previews: other.previews,
      sizes: '96px' })}<span>${fill(words.lookAlike, { number: other.order_number })}</span></a></li>`)}</ul>
    <p>${words.lookAlikesText}</p>`)
}

/** A half circle of length 100, so that the score is the length of its stroke. */
function gauge(score: number, label: string): Html {
  return html`<svg class="gauge gauge-${scoreLevel(score)}" viewBox="0 0 120 70" width="144" height="84" role="img" aria-label="${label}">
    <path class="gauge-track" d="M12 62a48 48 0 0 1 96 0" pathLength="100"/>
    <path class="gauge-value" d="M12 62a48 48 0 0 1 96 0" pathLength="100" stroke-dasharray="${score} 200"/>
    <text class="gauge-number" x="60" y="60" text-anchor="middle" aria-hidden="true">${score}</text>
  </svg>`
}
