// The same page for both trackers: which one is chosen when it is bundled.
import { FilmTracker } from 'film-tracker'

/** Grey bytes as a canvas wants them. */
function toPixels(grey, width, height) {
  const pixels = new ImageData(width, height)
  for (let i = 0, j = 0; i < grey.length; i++) {
    pixels.data[j++] = grey[i]
    pixels.data[j++] = grey[i]
    pixels.data[j++] = grey[i]
    pixels.data[j++] = 255
  }
  return pixels
}

async function fetchFrames(url, width, height) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
  return Array.from({ length: bytes.length / (width * height) }, (_, i) => toPixels(bytes.subarray(i * width * height, (i + 1) * width * height), width, height))
}

let tracker, size

/** Loads the targets; returns the milliseconds from building the tracker to being ready for frames. */
globalThis.openTracker = async (width, height, urls) => {
  const start = performance.now()
  size = { width, height }
  tracker = new FilmTracker(width, height)
  await tracker.load(urls)
  return performance.now() - start
}

/** Tracks a film from nothing. A tracker that looks at a part of the frame at a time is shown the first frame as often as it needs. */
globalThis.trackFilm = async (url, target, frameMs) => {
  const frames = await fetchFrames(url, size.width, size.height)
  tracker.reset(target)
  let clock = 0
  tracker.show(frames[0])
  const searches = []
  for (let look = 1; look < FilmTracker.looksPerSearch; look++) {
    const start = performance.now()
    const { state } = await tracker.track(clock += frameMs)
    searches.push(performance.now() - start)
    if (state === 'tracking') break
  }
  const results = []
  for (const pixels of frames) {
    tracker.show(pixels)
    const start = performance.now()
    const result = await tracker.track(clock += frameMs)
    results.push({ ...result, ms: performance.now() - start })
  }
  return { results, looksBefore: searches.length, searches }
}

/** From nothing loaded to the first pose on a visible photo: module already parsed by the caller's clock, see `measureStart`. */
globalThis.lockOn = async (url, frameMs, attempts) => {
  const [pixels] = await fetchFrames(url, size.width, size.height)
  tracker.reset(0)
  tracker.show(pixels)
  const start = performance.now()
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { state } = await tracker.track(attempt * frameMs)
    if (state === 'tracking') return { ms: performance.now() - start, attempts: attempt }
  }
  return null
}
