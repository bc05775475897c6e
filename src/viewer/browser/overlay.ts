/** The guest's video: it plays on its own clock, whatever the camera does. */
export interface Overlay {
  /** Call inside the guest's tap: from then on the browser lets us play with sound whenever we want. */
  unlock(): void
  /** Plays from where it is, with sound if wanted and allowed. */
  play(): void
  pause(): void
  /** Another video instead, from its beginning, paused; null: none. The element stays the one that the guest's tap unlocked. */
  change(url: string | null): void
  /** True once for each new frame of the video. */
  takeFrame(): boolean
  readonly sound: boolean
  setSound(on: boolean): void
}

export interface OverlayEvents {
  /** A new frame may be drawn. */
  onFrame(): void
  onPlaying(on: boolean): void
  /** It plays, but waits for data. */
  onWaiting(on: boolean): void
  /** `blocked`: the browser wants another tap before it gives sound. */
  onSound(on: boolean, blocked: boolean): void
}

export function createOverlay(video: HTMLVideoElement, events: OverlayEvents): Overlay {
  let wanted = false
  let sound = true
  let fresh = false
  const followFrames = () => {
    if (video.requestVideoFrameCallback === undefined) {
      video.addEventListener('timeupdate', () => { fresh = true; events.onFrame() })
      return
    }
    const next = () => {
      fresh = true
      events.onFrame()
      video.requestVideoFrameCallback(next)
    }
    video.requestVideoFrameCallback(next)
  }
  followFrames()
  const tellPlaying = () => {
    events.onPlaying(!video.paused && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA)
    events.onWaiting(wanted && !video.paused && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA)
  }
  for (const name of ['playing', 'pause', 'waiting', 'canplay', 'ended', 'emptied']) video.addEventListener(name, tellPlaying)

  const play = async () => {
    wanted = true
    video.muted = !sound
    try {
      await video.play()
      // It may have been playing already, to fill its buffer, and then no event tells.
      tellPlaying()
    } catch (error) {
      if ((error as Error).name !== 'NotAllowedError' || video.muted) return
      sound = false
      video.muted = true
      events.onSound(false, true)
      await video.play().catch(() => { /* it stays a still picture */ })
    }
  }
  return {
    unlock: () => {
      video.preload = 'auto'
      video.muted = true
      // Played without sound until it has data, then back to the start: it is loaded when the photo is found.
      video.play().then(() => {
        if (wanted) return
        video.pause()
        video.currentTime = 0
      }, () => { /* paused by a quick lock or a hidden page */ })
    },
    play: () => void play(),
    pause: () => {
      wanted = false
      video.pause()
    },
    change: (url) => {
      wanted = fresh = false
      load(video, url)
    },
    takeFrame: () => {
      const taken = fresh && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
      if (taken) fresh = false
      return taken
    },
    get sound() { return sound },
    setSound: (on) => {
      sound = on
      video.muted = !on
      events.onSound(on, false)
      if (wanted) void play()
    },
  }
}

function load(video: HTMLVideoElement, url: string | null): void {
  if (url === null) video.removeAttribute('src')
  else video.src = url
  video.load()
}
