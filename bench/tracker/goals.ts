import type { AlbumFigures } from './album.ts'
import type { AbsentFilm } from './absent.ts'
import type { CompileRow } from './compile.ts'
import type { Figures } from './figures.ts'
import type { BrowserFigures } from './peer/run.ts'
import type { InterchangeFigures } from './interchange.ts'
import type { Timing } from './timing.ts'

/** One figure beside its goal; `name` starts with the row's name in the table of goals. */
export interface Goal {
  name: string
  unit: string
  goal: string
  measured: number | null
  peer: number | null
  met: boolean
}

export interface Results {
  compile: CompileRow[]
  fileKb: { ours: number, peer: number | null }
  bundle: { ours: number, peer: number | null }
  viewerKb: number | null
  browser: { ours: BrowserFigures, peer: BrowserFigures } | null
  timing: Timing[]
  /** Our tracker in Node on every film. */
  suites: Record<string, Figures>
  all: Figures
  jitter: number | null
  lag: number | null
  /** Both in the browser on the same films. */
  shared: { ours: Record<string, Figures>, peer: Record<string, Figures>, jitterPeer: number | null, lagPeer: number | null, cellsBelowPeer: string[] } | null
  absent: AbsentFilm
  album: AlbumFigures
  /** Each tracker with each compiler's files; not in the quick run. */
  interchange: InterchangeFigures | null
}

/** Every row of the table of goals. */
export function goalsOf(results: Results): Goal[] {
  return [...loadGoals(results), ...speedGoals(results), ...precisionGoals(results), ...recognitionGoals(results)]
}

function atMost(name: string, unit: string, limit: number, measured: number | null, peer: number | null = null): Goal {
  return { name, unit, goal: `≤ ${limit}`, measured, peer, met: measured !== null && measured <= limit }
}

function atLeast(name: string, unit: string, limit: number, measured: number | null, peer: number | null = null): Goal {
  return { name, unit, goal: `≥ ${limit}`, measured, peer, met: measured !== null && measured >= limit }
}

function loadGoals({ compile, fileKb, bundle, viewerKb }: Results): Goal[] {
  const row = 'compile, any photo up to 100 MP, one core'
  const goals = compile.flatMap(({ size, ours, peer }): Goal[] => [
    ...(peer ? [atLeast(`${row}: times faster than MindAR, ${size}`, '×', 30, peer.cpuMs / ours.cpuMs, 1)] : []),
    size === '1000×1500'
      ? atMost(`${row}: ${size}`, 'ms of CPU', 500, ours.cpuMs, peer?.cpuMs)
      : { name: `${row}: ${size}`, unit: 'ms of CPU', goal: 'report', measured: ours.cpuMs, peer: peer?.cpuMs ?? null, met: true },
    atMost(`${row}: peak memory over the image, ${size}`, 'MB', 150, ours.extraMb, peer?.extraMb),
  ])
  return [
    ...goals,
    atMost('target file', 'KB, largest', 60, fileKb.ours, fileKb.peer),
    atMost('tracker (JS + WASM, gzip)', 'KB', 60, bundle.ours, bundle.peer),
    atMost('tracker (JS + WASM, gzip): the viewer’s HTML, CSS, JS and WASM together', 'KB', 100, viewerKb),
  ]
}

function speedGoals({ browser, timing }: Results): Goal[] {
  const ours = browser?.ours, peer = browser?.peer
  const start = 'module load to first lock on a visible photo'
  const frame = 'tracking, median per frame, 640×480'
  return [
    atMost(start, 'ms', 250, ours?.start?.totalMs ?? null, peer?.start?.totalMs),
    atLeast(`${start}: times faster than MindAR`, '×', 6, ratio(peer?.start?.totalMs, ours?.start?.totalMs), 1),
    atMost(frame, 'ms in Node', 5, timing[0].trackMs),
    atMost(`${frame}: 720p`, 'ms in Node', 10, timing[1].trackMs),
    ...(ours && peer ? ours.trackMs.map(({ size, ms }, i) => atMost(`${frame}: share of MindAR’s time in the same browser, ${size}`, 'of MindAR', 0.2, ratio(ms, peer.trackMs[i].ms), 1)) : [atMost(`${frame}: share of MindAR’s time in the same browser`, 'of MindAR', 0.2, null)]),
  ]
}

function precisionGoals({ suites, all, jitter, lag, shared }: Results): Goal[] {
  const row = 'corner error, every camera, 640×480'
  const peerEasy = shared?.peer.easy, peerAll = shared?.peer.all
  return [
    atMost(`${row}: median on easy`, 'px', 0.25, suites.easy.median, peerEasy?.median),
    atMost(`${row}: p95 on easy`, 'px', 0.8, suites.easy.p95, peerEasy?.p95),
    atMost(`${row}: median over all suites`, 'px', 0.4, all.median, peerAll?.median),
    atLeast(`${row}: p@5 over all suites`, 'of frames', 0.98, all.p5, peerAll?.p5),
    atMost(`${row}: freshly tracked poses more than 15 px off`, 'frames', 0, all.wrong, peerAll?.wrong),
    atMost('jitter on a still camera with sensor noise', 'px RMS', 0.15, jitter, shared?.jitterPeer),
    atMost('lag in motion', 'frames', 1, lag, shared?.lagPeer),
  ]
}

function recognitionGoals({ suites, shared, absent, album, browser }: Results): Goal[] {
  const row = 'lock rate over the hard suite (tilt to 65°, photo at 12 % of the frame width, motion blur, dark, glare, half hidden)'
  const peerSearch = browser?.peer.searchMs
  const misses = browser ? browser.peer.absent.falseFrames : null
  return [
    atLeast(row, 'of films', 0.95, suites.hard.lockRate, shared?.peer.hard?.lockRate),
    atMost(`${row}: cells below MindAR`, 'cells', 0, shared ? shared.cellsBelowPeer.length : null),
    { name: 'false locks on 10,000 frames without the photo', unit: 'frames', goal: '0', measured: absent.falseFrames.length, peer: misses, met: absent.falseFrames.length === 0 && absent.frames >= 10_000 },
    // The quick run has a smaller album and fewer frames: it can miss these goals, but not meet them.
    enough(album.targets >= 100, atMost('100 targets at once: detection time against one target', '×', 2, Math.max(album.msAll / album.msOne, album.msAllAbsent / album.msOneAbsent), ratio(peerSearch?.[1].ms, peerSearch?.[0].ms))),
    enough(album.targets >= 100, atLeast('100 targets at once: right photo found', 'of looks in which it is found alone', 1, album.right / album.findable)),
    enough(album.targets >= 100, atMost('100 targets at once: wrong photo', 'looks', 0, album.wrongPhoto)),
  ]
}

function enough(looked: boolean, goal: Goal): Goal {
  return { ...goal, met: looked && goal.met }
}

function ratio(above: number | null | undefined, below: number | null | undefined): number | null {
  return above && below ? above / below : null
}
