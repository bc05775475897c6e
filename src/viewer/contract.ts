/**
 * What the server and the page in the guest's browser agree on. Types only: both sides import this file, and it
 * imports neither.
 */
import type { Language, Words } from '../words/words.ts'

/** `ready` plays; every other state is a page of words that says what to do. */
export type ViewerState = 'ready' | 'preparing' | 'expired' | 'inactive' | 'not_found' | 'no_video' | 'empty_album'

/** The words that the page's script needs; the rest is already in the page. */
export type ViewerWords = Words['viewer']['browser']

/** One size of the photo. `format` as in an image's MIME type; `width` in pixels. */
export interface ViewerPreview {
  url: string
  width: number
  format: 'webp' | 'avif'
}

export interface ViewerPhoto {
  /** Any size that every browser shows; the last resort of the picture element. */
  url: string
  /** Pixels of the upright original; only their ratio is used. */
  width: number
  height: number
  /** May be empty while they are being made. */
  previews: ViewerPreview[]
  /** A tiny picture as a `data:` URL, or null. */
  blur: string | null
}

export interface ViewerVideo {
  id: number
  url: string
  poster_url: string | null
  width: number | null
  height: number | null
  mime_type: string
  /** Seconds. */
  duration: number | null
}

/** How the studio looks to its guests; colours are chosen to be readable on the page's dark ground. */
export interface ViewerBranding {
  name: string
  logo: { url: string; width: number; height: number } | null
  /** `#rrggbb` of the button that starts, and of the words on it. */
  accent: { ground: string; text: string } | null
  /** The studio's own words under the heading. */
  text: string | null
}

/** All that the viewer's page is made from; embedded in it as JSON when `state` is `ready`. */
export interface ViewerManifest {
  state: ViewerState
  language: Language
  /** Absolute address of this page, for copying and for previews in messengers. */
  page_url: string
  /** Null only when nothing was found. */
  unique_id: string | null
  /** What the studio calls it; null shows no name. */
  title: string | null
  /** Of an album: where its AlbumList is. Then `photo` is one of its photos, and there is neither target nor video. */
  album_url?: string
  /** Present when `ready`; shown in the other states where it is there. */
  photo: ViewerPhoto | null
  /** Present when `ready`. */
  target_url: string | null
  /** Present when `ready`. */
  video: ViewerVideo | null
  /** Where the page posts its VisitReport. */
  /** Absent where the page shows nobody's. */
  branding?: ViewerBranding | null
  visits_url: string
  worker_url: string
  words: ViewerWords
}

/** A photo of an album. `id` is what the search index calls it; whatever is not `ready` has no video, and the guest is told why. */
export interface AlbumPhoto {
  id: string
  unique_id: string
  state: 'ready' | 'expired' | 'archived' | 'preparing' | 'no_video'
  target_url: string
  /** Pixels of the upright original; only their ratio is used. */
  width: number
  height: number
  video: ViewerVideo | null
}

/** What `album_url` answers. */
export interface AlbumList {
  index_url: string | null
  photos: AlbumPhoto[]
}

/** How the guest's camera came out: null while it was not asked for. */
export type CameraOutcome = 'granted' | 'refused' | 'absent'

/**
 * One visit so far, posted several times: after the page opened, at the tap, at the first lock, now and then, and when
 * the page goes away. The latest report of a visit wins; every number only grows; `camera` and `time_to_lock_ms`, once
 * told, stay, except that `granted` replaces the other outcomes: the guest allowed it after all. Comes from `sendBeacon` as `application/json`, from `fetch` with keepalive where there is no beacon.
 */
export interface VisitReport {
  /** UUID made by the page: reporting twice counts once. */
  visit_id: string
  unique_id: string
  /** Null where nothing plays: an album's photo whose time has ended. */
  video_id: number | null
  /** ISO 8601, by the guest's clock. */
  started_at: string
  camera: CameraOutcome | null
  /** From the first camera frame to the first lock, whole milliseconds. Null until then. */
  time_to_lock_ms: number | null
  /** How often the photo was found anew. */
  lock_count: number
  /** How long the page was in sight, whole milliseconds. */
  duration_ms: number
  /** How long the video was playing, whole milliseconds. */
  watched_ms: number
  video_played: boolean
  watched_without_camera: boolean
}
