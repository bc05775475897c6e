import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { ContentView } from '../schema.ts'
import { scoreLevel } from './list.ts'

/** The score as a gauge, what it means, and what would make it better. */
export function scorePanel(language: Language, content: ContentView): Html {
  const words = wordsIn(language)
  return html`<section class="panel" aria-labelledby="title-score">
    <h2 id="title-score">${words.order.score}</h2>
    ${content.marker_score === null ? html`<p class="hint">${words.order.scoreNone}</p>` : html`<div class="gauge-row">
      ${gauge(content.marker_score, fill(words.order.scoreOf, { score: content.marker_score }))}
      <p class="gauge-verdict">${words.scoreVerdicts[scoreLevel(content.marker_score)]}</p></div>
    ${content.marker_advice.length > 0
      && html`<ul class="advice">${content.marker_advice.map((advice) => html`<li>${advice}</li>`)}</ul>`}`}
  </section>`
}

/** A half circle of length 100, so that the score is the length of its stroke. */
function gauge(score: number, label: string): Html {
  return html`<svg class="gauge gauge-${scoreLevel(score)}" viewBox="0 0 120 70" width="144" height="84" role="img" aria-label="${label}">
    <path class="gauge-track" d="M12 62a48 48 0 0 1 96 0" pathLength="100"/>
    <path class="gauge-value" d="M12 62a48 48 0 0 1 96 0" pathLength="100" stroke-dasharray="${score} 200"/>
    <text class="gauge-number" x="60" y="60" text-anchor="middle" aria-hidden="true">${score}</text>
  </svg>`
}
