import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { compile, createTracker, readTarget } from '../../packages/tracker/src/index.ts'
import type { Target } from '../../packages/tracker/src/index.ts'
import { poseInFrame } from '../../packages/tracker/src/simulate.ts'
import { compare } from './figures.ts'
import type { SequenceOutcome } from './figures.ts'
import { loadPhotos } from './photos.ts'
import type { Photo } from './photos.ts'
import { filmFrames, planSequences, startOutcome } from './plan.ts'
import { FRAME_MS } from './sequences.ts'
import type { Sequence } from './sequences.ts'

/** Target files of the photos that can be compiled, by name; a photo that is refused counts as never found. */
export function compilePhotos(photos: Photo[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const { name, image } of photos) {
    try {
      files.set(name, compile(image))
    } catch (error) {
      console.log(`  ${name} is refused: ${(error as Error).message}`)
    }
  }
  return files
}

/** Our tracker over every film, shared out to threads. */
export async function runOurs(count: number, quick: boolean): Promise<SequenceOutcome[]> {
  const threads = Math.min(Number(process.env.ARV_BENCH_THREADS) || 2, availableParallelism())
  const outcomes: SequenceOutcome[] = new Array(count)
  let next = 0, done = 0
  await Promise.all(Array.from({ length: threads }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { quick } })
    worker.on('error', reject)
    worker.on('message', ({ index, outcome }: { index: number, outcome?: SequenceOutcome }) => {
      if (outcome) {
        outcomes[index] = outcome
        if (++done % 100 === 0) console.log(`  ${done} of ${count} films`)
      }
      if (next < count) worker.postMessage(next++)
      else void worker.terminate().then(() => resolve())
    })
  })))
  return outcomes
}

/** Our tracker over one film, from nothing. */
export async function trackFilm(sequence: Sequence, photo: Photo, target: Target | undefined): Promise<SequenceOutcome> {
  const outcome = startOutcome(sequence)
  const tracker = createTracker({ targets: target ? [target] : [] })
  let frameNumber = 0
  for await (const frame of filmFrames(sequence, photo)) {
    const pose = poseInFrame(sequence.scenes[frameNumber])!
    const start = performance.now()
    const result = tracker.track(frame, frameNumber * FRAME_MS)
    const ms = performance.now() - start
    outcome.frames.push({ state: result.state, ...compare(result.pose, pose), ms })
    frameNumber++
  }
  return outcome
}

async function serveFilms(quick: boolean): Promise<void> {
  const photos = await loadPhotos()
  const sequences = planSequences(photos, quick)
  const byName = new Map(photos.map(photo => [photo.name, photo]))
  const targets = new Map([...compilePhotos(photos)].map(([name, bytes]) => [name, readTarget(bytes)]))
  parentPort!.on('message', async (index: number) => {
    const sequence = sequences[index]
    parentPort!.postMessage({ index, outcome: await trackFilm(sequence, byName.get(sequence.photo)!, targets.get(sequence.photo)) })
  })
  parentPort!.postMessage({ index: -1 })
}

if (!isMainThread && workerData?.quick !== undefined) await serveFilms(workerData.quick)
