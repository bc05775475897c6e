import { html } from '../../lib/html/html.ts'
import type { Html } from '../../lib/html/html.ts'

/** A photo beside its QR code, for places where there is nothing to show yet. */
export function orderPicture(): Html {
  return html`<svg class="drawing" viewBox="0 0 160 96" width="160" height="96" aria-hidden="true">
    <rect class="drawing-paper" x="8" y="10" width="100" height="76" rx="4"/>
    <rect class="drawing-tint" x="16" y="18" width="84" height="60" rx="2"/>
    <path class="drawing-hill" d="M16 78V64l22-20 20 18 14-12 28 24v4z"/>
    <circle class="drawing-sun" cx="78" cy="34" r="7"/>
    <g class="drawing-code"><rect x="120" y="50" width="32" height="32" rx="3"/></g>
    <path class="drawing-code-dots" d="M125 55h7v7h-7zM140 55h7v7h-7zM125 70h7v7h-7zM136 66h4v4h-4zM143 66h4v4h-4zM140 72h7v5h-7z
      M134 55h3v5h-3z"/>
  </svg>`
}
