import type { Html } from '../lib/html/html.ts'
import { raw } from '../lib/html/html.ts'

/** Drawn on a square of 24, lines of 1.75. */
const shapes = {
  camera: '<path d="M3.5 8.5a2 2 0 0 1 2-2h2l1.6-2.3h5.8l1.6 2.3h2a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/><circle cx="12" cy="12.8" r="3.6"/>',
  'camera-off': '<path d="M7.5 6.5 9.1 4.2h5.8l1.6 2.3h2a2 2 0 0 1 2 2v8.4M17.2 19.5H5.5a2 2 0 0 1-2-2v-9a2 2 0 0 1 1.4-1.9"/><path d="M14.9 14.9a3.6 3.6 0 0 1-5-5M3.5 3.5l17 17"/>',
  photo: '<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><circle cx="9" cy="9.8" r="1.6"/><path d="m4 17 5-4.2 3.3 2.7 3.4-3.7 4.6 4.7"/>',
  close: '<path d="m6 6 12 12M18 6 6 18"/>',
  torch: '<path d="M13.2 3 6 13.4h5.2L10.6 21l7.4-10.6h-5.3z"/>',
  sound: '<path d="M4 9.5v5h3.4l4.6 4V5.5l-4.6 4z"/><path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11"/>',
  silence: '<path d="M4 9.5v5h3.4l4.6 4V5.5l-4.6 4z"/><path d="m15.8 9.6 4.8 4.8m0-4.8-4.8 4.8"/>',
  shield: '<path d="M12 3.5 5 6v5.5c0 4.3 2.8 7.4 7 9 4.2-1.6 7-4.7 7-9V6z"/><path d="m9 12 2.2 2.2L15.2 10"/>',
} as const

export type IconName = keyof typeof shapes

/** An icon beside or instead of words; those who listen don't hear of it. */
export function icon(name: IconName): Html {
  return raw(`<svg class="icon icon-${name}" viewBox="0 0 24 24" aria-hidden="true">${shapes[name]}</svg>`)
}
