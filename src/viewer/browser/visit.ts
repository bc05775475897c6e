import type { AlbumPhoto, CameraOutcome, ViewerManifest, VisitReport } from '../contract.ts'

export interface Visit {
  cameraCame(outcome: CameraOutcome): void
  /** The first camera frame has been looked at: time to lock counts from here. */
  framesCame(): void
  locked(): void
  /** Tells whether the video is playing. */
  watching(on: boolean, withoutCamera?: boolean): void
  /** Only of an album: this photo is in view now, and what follows belongs to it. */
  see?(photo: AlbumPhoto): void
  report(): void
}

const reportEveryMs = 15_000

/** Counts this visit and reports it now, every 15 seconds while it changes, and whenever the page goes out of sight. */
export function startVisit(manifest: Pick<ViewerManifest, 'visits_url' | 'unique_id' | 'video'>, since?: number): Visit & { rest(on: boolean): void } {
  const seen = createStopwatch()
  const watched = createStopwatch()
  let framesSince = since
  let resting = false
  let lastBody = ''
  const state: VisitReport = {
    visit_id: makeUuid(),
    unique_id: manifest.unique_id!,
    video_id: manifest.video?.id ?? null,
    started_at: new Date().toISOString(),
    camera: since === undefined ? null : 'granted',
    time_to_lock_ms: null,
    lock_count: 0,
    duration_ms: 0,
    watched_ms: 0,
    video_played: false,
    watched_without_camera: false,
  }
  const report = () => {
    state.duration_ms = seen.read()
    state.watched_ms = watched.read()
    const body = JSON.stringify(state)
    if (body === lastBody) return
    lastBody = body
    send(manifest.visits_url, body)
  }
  const follow = () => {
    seen.run(!resting && document.visibilityState === 'visible')
    report()
  }
  const begin = () => {
    follow()
    document.addEventListener('visibilitychange', follow)
    window.addEventListener('pagehide', report)
    setInterval(() => document.visibilityState === 'visible' && report(), reportEveryMs)
  }
  // A page that the browser prepares before it is asked for is no visit yet.
  if ((document as Document & { prerendering?: boolean }).prerendering) document.addEventListener('prerenderingchange', begin, { once: true })
  else begin()

  return {
    cameraCame: (outcome) => {
      state.camera ??= outcome
      if (outcome === 'granted') state.camera = outcome
      report()
    },
    framesCame: () => { framesSince ??= performance.now() },
    locked: () => {
      state.lock_count++
      if (state.time_to_lock_ms !== null) return
      state.time_to_lock_ms = Math.round(performance.now() - (framesSince ?? performance.now()))
      report()
    },
    watching: (on, withoutCamera = false) => {
      watched.run(on)
      if (!on) return
      state.video_played = true
      state.watched_without_camera ||= withoutCamera
    },
    report,
    rest: (on) => {
      resting = on
      if (on) watched.run(false)
      follow()
    },
  }
}

/** The visits of an album: one for each photo that was found, while it is the one in view. Time to lock counts from the search for it. */
export function startAlbumVisits(visitsUrl: string): Visit {
  const visits = new Map<AlbumPhoto, ReturnType<typeof startVisit>>()
  let current: ReturnType<typeof startVisit> | undefined
  let searchingSince = performance.now()
  return {
    cameraCame: () => { /* told with the first photo: before there is one, nothing was visited */ },
    framesCame: () => { searchingSince = performance.now() },
    see: (photo) => {
      current?.rest(true)
      current = visits.get(photo) ?? startVisit({ visits_url: visitsUrl, unique_id: photo.unique_id, video: photo.video }, searchingSince)
      visits.set(photo, current)
      current.rest(false)
      searchingSince = performance.now()
    },
    locked: () => current?.locked(),
    watching: (on, withoutCamera) => current?.watching(on, withoutCamera),
    report: () => current?.report(),
  }
}

function createStopwatch(): { run(on: boolean): void; read(): number } {
  let total = 0
  let since: number | undefined
  const read = () => Math.round(total + (since === undefined ? 0 : performance.now() - since))
  return {
    read,
    run: (on) => {
      total = read()
      since = on ? performance.now() : undefined
    },
  }
}

function send(url: string, body: string): void {
  const blob = new Blob([body], { type: 'application/json' })
  if (navigator.sendBeacon?.(url, blob)) return
  fetch(url, { method: 'POST', body: blob, keepalive: true }).catch(() => { /* counting is no reason to bother a guest */ })
}

/** `crypto.randomUUID` is there on secure pages only, and a page without camera can be visited, too. */
function makeUuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-')
}
