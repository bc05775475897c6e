import type { SequenceOutcome } from '../figures.ts'
import { quantile } from '../figures.ts'
import { absentScenes, wantedPhotos } from '../absent.ts'
import { renderFrame } from '../../../packages/tracker/src/simulate.ts'
import type { Photo } from '../photos.ts'
import type { Sequence } from '../sequences.ts'
import { timingFrames } from '../timing.ts'
import { BrowserTracker, runFilms } from './browser.ts'
import type { Contestant } from './browser.ts'
import { peerTarget } from './install.ts'

export interface BrowserFigures {
  outcomes: SequenceOutcome[]
  /** Median milliseconds from a bare page to the first pose, and its parts. */
  start: { totalMs: number, scriptMs: number, openMs: number, lockMs: number } | null
  trackMs: { size: string, ms: number | null }[]
  /** Median milliseconds of one search without the photo, by number of targets. */
  searchMs: { targets: number, ms: number }[]
  absent: { frames: number, falseFrames: number }
}

export interface PeerPlan { sequences: Sequence[], photos: Photo[], files: Map<string, Uint8Array>, quick: boolean }

/** Everything that is measured in Chromium, for one contestant. */
export async function runInBrowser(who: Contestant, plan: PeerPlan): Promise<BrowserFigures> {
  const { photos, sequences, quick } = plan
  const names = who === 'ours' ? photos.map(photo => photo.name).filter(name => plan.files.has(name)) : photos.map(photo => photo.name)
  const targets = await targetsOf(who, plan)
  await using browser = await BrowserTracker.open(who, targets)
  await browser.start(640, 480)
  const outcomes = await runFilms(browser, sequences, photos, name => names.indexOf(name))
  const searchMs = [await searchTime(browser, photos, 0, 1), await searchTime(browser, photos, -1, names.length)]
  const absent = await absentFrames(browser, photos, names, quick ? [1, 8] : [6, 30])
  const { start, trackMs } = await measureStart(who, plan, quick ? 1 : 3)
  return { outcomes, searchMs, absent, start, trackMs: quick ? trackMs : [...trackMs, ...(await measureLarge(who, plan))] }
}

async function targetsOf(who: Contestant, { photos, files }: PeerPlan, only?: Photo): Promise<Uint8Array[]> {
  const wanted = only ? [only] : photos
  if (who === 'ours') return wanted.flatMap(photo => files.get(photo.name) ?? [])
  const compiler = './mindar-compile.js'
  const { mergeMind } = await import(compiler)
  const minds: Uint8Array[] = []
  for (const photo of wanted) minds.push(await peerTarget(photo))
  return [mergeMind(minds)]
}

/** A bare page, script, target, first pose: the median of fresh browsers. The last of them then times tracking at 640×480. */
async function measureStart(who: Contestant, plan: PeerPlan, rounds: number): Promise<Pick<BrowserFigures, 'start' | 'trackMs'>> {
  const photo = plan.photos[0]
  const [frame] = timingFrames(photo, 640, 480, 1)
  const runs: NonNullable<BrowserFigures['start']>[] = []
  let trackMs: BrowserFigures['trackMs'] = []
  for (let round = 0; round < rounds; round++) {
    await using browser = await BrowserTracker.open(who, await targetsOf(who, plan, photo))
    const { scriptMs, openMs } = await browser.start(640, 480)
    const lock = await browser.lockOn(frame.data, 60)
    if (lock) runs.push({ totalMs: scriptMs + openMs + lock.ms, scriptMs, openMs, lockMs: lock.ms })
    if (round === rounds - 1) trackMs = [await trackTime(browser, photo, 640, 480)]
  }
  return { start: runs.toSorted((a, b) => a.totalMs - b.totalMs)[runs.length >> 1] ?? null, trackMs }
}

async function measureLarge(who: Contestant, plan: PeerPlan): Promise<BrowserFigures['trackMs']> {
  await using browser = await BrowserTracker.open(who, await targetsOf(who, plan, plan.photos[0]))
  await browser.start(1280, 720)
  return [await trackTime(browser, plan.photos[0], 1280, 720)]
}

async function trackTime(browser: BrowserTracker, photo: Photo, width: number, height: number): Promise<BrowserFigures['trackMs'][number]> {
  const { results } = await browser.track(Buffer.concat(timingFrames(photo, width, height, 20).map(frame => frame.data)), 0)
  const times = results.slice(4).filter(result => result.state === 'tracking').map(result => result.ms)
  return { size: `${width}×${height}`, ms: quantile(times, 0.5) }
}

async function searchTime(browser: BrowserTracker, photos: Photo[], target: number, targets: number): Promise<{ targets: number, ms: number }> {
  const frames = Array.from({ length: 12 }, (_, i) => renderFrame(photos[0].image, { width: 640, height: 480, pose: null, noise: 2, seed: i }).data)
  const { results, searches } = await browser.track(Buffer.concat(frames), target)
  return { targets, ms: quantile([...searches.slice(3), ...results.map(result => result.ms)], 0.5)! }
}

/** A part of the absent suite; a target that is in view by rights does not count. */
async function absentFrames(browser: BrowserTracker, photos: Photo[], names: string[], [films, length]: number[]): Promise<BrowserFigures['absent']> {
  let falseFrames = 0, frames = 0
  for (let film = 0; film < films; film++) {
    const wanted = wantedPhotos(photos, film)
    const { shown, scenes } = absentScenes(photos, film, length)
    const target = names.indexOf(wanted[film % wanted.length].name)
    const { results } = await browser.track(Buffer.concat(scenes.map(scene => renderFrame(shown.image, scene).data)), target)
    frames += results.length
    falseFrames += results.filter(result => result.state === 'tracking').length
  }
  return { frames, falseFrames }
}
