import { fileURLToPath } from 'node:url'
import { runAbsent, FILM_FRAMES } from './tracker/absent.ts'
import { ALBUM_SIZE, measureAlbum } from './tracker/album.ts'
import { measureCompile } from './tracker/compile.ts'
import { measureInterchange } from './tracker/interchange.ts'
import { isLocked, jitterOf, lagOf, share, summarise } from './tracker/figures.ts'
import type { Figures, SequenceOutcome } from './tracker/figures.ts'
import { goalsOf } from './tracker/goals.ts'
import type { Results } from './tracker/goals.ts'
import { compilePhotos, runOurs } from './tracker/ours.ts'
import { bundleSizes } from './tracker/peer/bundle.ts'
import { canRunBrowser } from './tracker/peer/browser.ts'
import { installPeer, peerTarget } from './tracker/peer/install.ts'
import { runInBrowser } from './tracker/peer/run.ts'
import { loadPhotos } from './tracker/photos.ts'
import type { Photo } from './tracker/photos.ts'
import { planSequences } from './tracker/plan.ts'
import type { Sequence } from './tracker/sequences.ts'
import { goalTable, writeDocument, writeFailures, writeResults } from './tracker/report.ts'
import { measureTiming } from './tracker/timing.ts'
import { viewerKb } from './tracker/viewer-size.ts'

/**
 * The tracker beside MindAR: every row of the table of goals. Writes bench/out/tracker.json and, in a full run, the table
 * in docs/tracker.md. ARV_BENCH_THREADS limits the threads that render films (2 unless told).
 */
export async function run({ quick }: { quick: boolean }): Promise<{ goals: ReturnType<typeof goalsOf> }> {
  const started = performance.now()
  const photos = await loadPhotos()
  const files = compilePhotos(photos)
  const sequences = planSequences(photos, quick)
  const peerHere = await installPeer() && canRunBrowser()

  // What is timed comes first and alone: nothing else of ours runs beside it.
  const timing = await part('by the clock', () => measureTiming(photos[0], files.get(photos[0].name)!, quick ? 20 : 80))
  const compile = await part('compiling', () => measureCompile(quick, peerHere))
  const album = await part('album', () => measureAlbum(photos, quick ? 4 : 40, quick ? 20 : ALBUM_SIZE))
  const browser = peerHere ? await browserPart(photos, files, sequences, quick) : null

  const interchange = peerHere && !quick ? await part('.mind both ways', () => measureInterchange(photos, sequences.filter(({ suite, peer }) => suite === 'easy' && peer), files)) : null

  const outcomes = await part(`${sequences.length} films`, () => runOurs(sequences.length, quick))
  await writeFailures(outcomes)
  const absent = await part('without the photo', () => runAbsent(quick ? 2 : 10_000 / FILM_FRAMES))

  const results: Results = {
    compile, timing, album, browser, absent, interchange,
    fileKb: { ours: largestKb([...files.values()]), peer: peerHere ? largestKb(await Promise.all(photos.map(peerTarget))) : null },
    bundle: await bundlesKb(), viewerKb: await viewerKb(),
    ...suiteFigures(outcomes), shared: browser && sharedFigures(browser.ours.outcomes, browser.peer.outcomes),
  }
  const goals = goalsOf(results)
  const seconds = Math.round((performance.now() - started) / 1000)
  await writeResults(goals, results, outcomes, { benchmark: 'tracker', quick, seconds, films: sequences.length })
  if (!quick) await writeDocument(goals, results, outcomes)
  console.log(goalTable(goals).join('\n'))
  console.log(`${seconds} s; bench/out/tracker.json`)
  return { goals }
}

async function browserPart(photos: Photo[], files: Map<string, Uint8Array>, sequences: Sequence[], quick: boolean): Promise<Results['browser']> {
  const plan = { photos, files, quick, sequences: sequences.filter(sequence => sequence.peer) }
  const peer = await part(`${plan.sequences.length} films in Chromium, MindAR`, () => runInBrowser('mindar', plan))
  return { peer, ours: await part(`${plan.sequences.length} films in Chromium, ours`, () => runInBrowser('ours', plan)) }
}

/** Runs one part and says how long it took: the whole has twenty minutes, the quick form one. */
async function part<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  console.log(`  ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

/** The suites that count towards the goals; `extreme` is shown beside them, since some of it is beyond what pixels carry. */
function suiteFigures(outcomes: SequenceOutcome[]): Pick<Results, 'suites' | 'all' | 'jitter' | 'lag'> {
  return {
    suites: bySuite(outcomes),
    all: summarise(outcomes.filter(({ suite }) => suite !== 'extreme')),
    jitter: jitterOf(outcomes.filter(({ suite }) => suite === 'still')),
    lag: lagOf(outcomes.filter(({ suite }) => suite === 'motion')),
  }
}

function bySuite(outcomes: SequenceOutcome[]): Record<string, Figures> {
  return Object.fromEntries([...Map.groupBy(outcomes, outcome => outcome.suite)].map(([suite, members]) => [suite, summarise(members)]))
}

function sharedFigures(ours: SequenceOutcome[], peer: SequenceOutcome[]): Results['shared'] {
  const rates = (outcomes: SequenceOutcome[]) => new Map([...Map.groupBy(outcomes.filter(({ suite }) => suite === 'hard'), outcome => outcome.cell)]
    .map(([cell, members]) => [cell, share(members, ({ frames }) => frames.some(isLocked))]))
  const mine = rates(ours)
  return {
    ours: { ...bySuite(ours), all: summarise(ours) },
    peer: { ...bySuite(peer), all: summarise(peer) },
    jitterPeer: jitterOf(peer.filter(({ suite }) => suite === 'still')),
    lagPeer: lagOf(peer.filter(({ suite }) => suite === 'motion')),
    cellsBelowPeer: [...rates(peer)].filter(([cell, rate]) => rate > mine.get(cell)!).map(([cell]) => cell),
  }
}

function largestKb(files: Uint8Array[]): number {
  return Math.max(...files.map(file => file.length)) / 1024
}

async function bundlesKb(): Promise<{ ours: number, peer: number | null }> {
  const { ours, peer } = await bundleSizes()
  return { ours: ours / 1024, peer: peer === null ? null : peer / 1024 }
}

export default run

if (process.argv[1] === fileURLToPath(import.meta.url)) await run({ quick: process.argv.includes('--quick') })
