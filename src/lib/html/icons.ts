import { html, raw } from './html.ts'
import type { Html } from './html.ts'

/** Our own line drawings on a 24 × 24 grid, stroke 1.75. */
const drawings = {
  add: '<path d="M12 5v14M5 12h14"/>',
  archive: '<path d="M4 8h16v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM3 4h18v4H3zM10 12h4"/>',
  back: '<path d="M15 5l-7 7 7 7"/>',
  chart: '<path d="M4 20h16M6.5 16v-5M12 16V5M17.5 16V9"/>',
  check: '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
  clock: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
  close: '<path d="M6 6l12 12M18 6L6 18"/>',
  copy: '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/>' +
    '<path d="M15.5 8.5V6a1.5 1.5 0 0 0-1.5-1.5H6A1.5 1.5 0 0 0 4.5 6v8A1.5 1.5 0 0 0 6 15.5h2.5"/>',
  download: '<path d="M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14"/>',
  eye: '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.75"/>',
  forward: '<path d="M9 5l7 7-7 7"/>',
  info: '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.1"/>',
  menu: '<circle cx="12" cy="8.5" r="3.5"/><path d="M5 20c.6-4 3.2-6 7-6s6.4 2 7 6"/>',
  moon: '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
  open: '<path d="M14 4h6v6M20 4l-9 9M18 14v4.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 4 18.5v-11A1.5 1.5 0 0 1 5.5 6H10"/>',
  order: '<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M4 16l4.5-4.5 4 4 3-3 4.5 4"/><circle cx="15.5" cy="9" r="1.5"/>',
  phone: '<rect x="7" y="3" width="10" height="18" rx="2.5"/><path d="M11 18h2"/>',
  play: '<path d="M8 5.5v13l10.5-6.5z"/>',
  search: '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>',
  settings: '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17M12 6.5h5.5M12 10h8M12 13.5h8M12 17h5.5"/>',
  spinner: '<path d="M12 3.5a8.5 8.5 0 1 1-8.5 8.5"/>',
  video: '<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="M10 9v6l5-3z"/>',
  warning: '<path d="M12 4L2.8 19.5h18.4zM12 10v4.5M12 17v.100"/>',
} as const

export type IconName = keyof typeof drawings

/** An icon beside words: it is hidden from screen readers, so the words must say what it says. */
export function icon(name: IconName, className = ''): Html {
  return html`<svg class="icon ${className}" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">${raw(drawings[name])}</svg>`
}

/** The mark: the corners of a finder around something that plays. */
export function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
    <path class="mark-corners" d="M4 11V7a3 3 0 0 1 3-3h4M21 4h4a3 3 0 0 1 3 3v4M28 21v4a3 3 0 0 1-3 3h-4M11 28H7a3 3 0 0 1-3-3v-4"/>
    <path class="mark-play" d="M12.5 10.2v11.6a.8.8 0 0 0 1.2.700l9.4-5.8a.8.8 0 0 0 0-1.4l-9.4-5.8a.8.8 0 0 0-1.2.700z"/>
  </svg>`
}
