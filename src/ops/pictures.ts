import { html } from '../lib/html/html.ts'
import type { Html } from '../lib/html/html.ts'

/** The three steps, drawn by hand; the words beside them say the same, so they are hidden from screen readers. */
export function uploadPicture(): Html {
  return html`<svg class="drawing" viewBox="0 0 240 150" width="240" height="150" aria-hidden="true">
    <g transform="rotate(-6 86 80)">
      <rect class="drawing-paper" x="34" y="38" width="104" height="80" rx="4"/><rect class="drawing-tint" x="42" y="46" width="88"
        height="64" rx="2"/>
      <path class="drawing-hill" d="M42 110V95l24-22 21 19 15-13 28 25v6z"/><circle class="drawing-sun" cx="110" cy="62" r="7"/>
    </g>
    <g transform="rotate(5 172 84)">
      <rect class="drawing-film" x="126" y="52" width="84" height="64" rx="6"/>
      <path class="drawing-holes" d="M132 60h6v6h-6zM132 74h6v6h-6zM132 88h6v6h-6zM132 102h6v6h-6zM198 60h6v6h-6zM198 74h6v6h-6z
        M198 88h6v6h-6zM198 102h6v6h-6z"/>
      <path class="drawing-play" d="M160 70v28l24-14z"/>
    </g>
    <path class="drawing-line" d="M120 34V10M110 19l10-10 10 10"/>
  </svg>`
}

export function printPicture(): Html {
  return html`<svg class="drawing" viewBox="0 0 240 150" width="240" height="150" aria-hidden="true">
    <path class="drawing-paper" d="M120 34C98 22 66 20 30 26v98c36-6 68-4 90 8 22-12 54-14 90-8V26c-36-6-68-4-90 8z"/>
    <path class="drawing-fold" d="M120 34v98"/>
    <rect class="drawing-tint" x="44" y="42" width="62" height="50" rx="2"/>
    <path class="drawing-hill" d="M44 92V82l17-16 15 14 10-9 20 17v4z"/><circle class="drawing-sun" cx="92" cy="54" r="5"/>
    <g class="drawing-code"><rect x="142" y="52" width="48" height="48" rx="4"/></g>
    <path class="drawing-code-dots" d="M149 59h11v11h-11zM172 59h11v11h-11zM149 82h11v11h-11zM165 75h6v6h-6zM176 75h7v6h-7z
      M171 84h12v9h-12zM163 59h5v8h-5z"/>
  </svg>`
}

export function scanPicture(): Html {
  return html`<svg class="drawing" viewBox="0 0 240 150" width="240" height="150" aria-hidden="true">
    <rect class="drawing-paper" x="22" y="36" width="128" height="92" rx="4"/><rect class="drawing-tint" x="31" y="45" width="110"
      height="74" rx="2"/>
    <path class="drawing-hill" d="M31 119V98l30-27 26 23 19-16 35 30v11z"/><circle class="drawing-sun" cx="60" cy="60" r="7"/>
    <g transform="rotate(7 168 76)">
      <rect class="drawing-phone" x="128" y="8" width="74" height="134" rx="11"/><rect class="drawing-screen" x="134" y="17" width="62"
        height="116" rx="4"/>
      <path class="drawing-corners" d="M142 50v-7h7M188 50v-7h-7M142 98v7h7M188 98v7h-7"/>
      <path class="drawing-play" d="M157 60v28l23-14z"/>
    </g>
  </svg>`
}
