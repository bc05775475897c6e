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
  company: '<path d="M4 20V6.5l8-3 8 3V20M3 20h18M8 9.5h2M14 9.5h2M8 13.5h2M14 13.5h2M10 20v-3h4v3"/>',
  copy: '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/>' +
    '<path d="M15.5 8.5V6a1.5 1.5 0 0 0-1.5-1.5H6A1.5 1.5 0 0 0 4.5 6v8A1.5 1.5 0 0 0 6 15.5h2.5"/>',
  download: '<path d="M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14"/>',
  eye: '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.75"/>',
  folder: '<path d="M3.5 7a1.5 1.5 0 0 1 1.5-1.5h4l2 2.5h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17.5z"/>',
  forward: '<path d="M9 5l7 7-7 7"/>',
  info: '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.1"/>',
  key: '<circle cx="8" cy="15" r="4"/><path d="M11 12l8-8M16 7l3 3M14 9l2 2"/>',
  list: '<path d="M8 6h12M8 12h12M8 18h12M4 6h.1M4 12h.1M4 18h.1"/>',
  mail: '<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="M4 7l8 6 8-6"/>',
  menu: '<circle cx="12" cy="8.5" r="3.5"/><path d="M5 20c.6-4 3.2-6 7-6s6.4 2 7 6"/>',
  menu_lines: '<path d="M4 7h16M4 12h16M4 17h16"/>',
  moon: '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
  open: '<path d="M14 4h6v6M20 4l-9 9M18 14v4.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 4 18.5v-11A1.5 1.5 0 0 1 5.5 6H10"/>',
  order: '<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M4 16l4.5-4.5 4 4 3-3 4.5 4"/><circle cx="15.5" cy="9" r="1.5"/>',
  people: '<circle cx="9" cy="8.5" r="3"/><path d="M3.5 19c.5-3.5 2.5-5.200 5.5-5.200s5 1.700 5.5 5.200M15.5 5.800a3 3 0 0 1 0 5.400M17 14.200c2 .6 3.200 2.200 3.5 4.800"/>',
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
