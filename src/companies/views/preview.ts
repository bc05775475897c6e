import { contrast, standOut, textOn } from '../../lib/colour.ts'
import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'
import { wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'
import type { CompanyView } from '../schema.ts'

const ground = '#0e0f12'

/** The guests' start screen in small, with the company's logo, words and colour as they will be shown. */
export function startPreview(language: Language, company: CompanyView): Html {
  const words = wordsIn(language)
  const page = wordsIn(company.language).viewer.page
  const colour = company.accent_colour
  const button = colour === null ? '#f4f1ea' : standOut(colour, ground)
  const lines = wrap(company.start_text ?? page.startText, 40).slice(0, 4)
  return html`<svg class="brand-preview" viewBox="0 0 320 300" role="img" aria-label="${words.companies.preview}">
    <rect width="320" height="300" rx="14" fill="${ground}"/>
    ${company.logo_key !== null && html`<image href="/media/${company.logo_key}" x="90" y="22" width="140" height="52" preserveAspectRatio="xMidYMid meet"/>`}
    ${wrap(company.start_heading ?? page.startHeading, 26).slice(0, 2).map((line, index) => html`<text x="160" y="${112 + index * 24}" text-anchor="middle" font-size="20" font-weight="650" fill="#f4f1ea">${line}</text>`)}
    ${lines.map((line, index) => html`<text x="160" y="${164 + index * 18}" text-anchor="middle" font-size="13" fill="#b9b6ae">${line}</text>`)}
    <rect x="70" y="244" width="180" height="40" rx="20" fill="${button}"/>
    <text x="160" y="269" text-anchor="middle" font-size="14" font-weight="600" fill="${textOn(button)}">${page.startButton}</text>
  </svg>
  ${colour !== null && button !== colour && html`<p class="hint">${words.companies.lighter.replace('{ratio}', contrast(colour, ground).toFixed(1))}</p>`}`
}

/** Lines of at most so many characters; a longer word is cut. */
function wrap(text: string, charsMax: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < charsMax) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word.slice(0, charsMax))
  }
  return lines
}
