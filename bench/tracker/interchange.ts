import { compileMind, targetsFromMind } from '../../packages/tracker/src/mind.ts'
import { readTarget } from '../../packages/tracker/src/index.ts'
import { summarise } from './figures.ts'
import type { Figures, SequenceOutcome } from './figures.ts'
import { trackFilm } from './ours.ts'
import { BrowserTracker, runFilms } from './peer/browser.ts'
import { peerTarget } from './peer/install.ts'
import type { Photo } from './photos.ts'
import type { Sequence } from './sequences.ts'

export interface InterchangeFigures {
  /** MindAR's controller with files of its own compiler, and with ours. */
  mindarFromMindar: Figures
  mindarFromOurs: Figures
  /** Our tracker with our files, and with those of MindAR's compiler. */
  oursFromOurs: Figures
  oursFromMindar: Figures
  /** Milliseconds to write one `.mind` file, mean over the photos. */
  writeMs: number
}

/** The same films with each tracker and each compiler's files. */
export async function measureInterchange(photos: Photo[], sequences: Sequence[], files: Map<string, Uint8Array>): Promise<InterchangeFigures> {
  const compiler = './peer/mindar-compile.js'
  const { mergeMind } = await import(compiler)
  const theirs = await Promise.all(photos.map(peerTarget))
  const start = performance.now()
  const mine = photos.map(photo => compileMind([photo.image]))
  const writeMs = (performance.now() - start) / photos.length
  const inMindar = async (minds: Uint8Array[]): Promise<Figures> => {
    await using page = await BrowserTracker.open('mindar', [mergeMind(minds)])
    await page.start(640, 480)
    return summarise(await runFilms(page, sequences, photos, name => photos.findIndex(photo => photo.name === name)))
  }
  const inOurs = async (fileOf: (photo: Photo) => Uint8Array | undefined): Promise<Figures> => {
    const outcomes: SequenceOutcome[] = []
    for (const sequence of sequences) {
      const photo = photos.find(({ name }) => name === sequence.photo)!
      const file = fileOf(photo)
      outcomes.push(await trackFilm(sequence, photo, file && readTarget(file)))
    }
    return summarise(outcomes)
  }
  return {
    mindarFromMindar: await inMindar(theirs), mindarFromOurs: await inMindar(mine),
    oursFromOurs: await inOurs(photo => files.get(photo.name)),
    oursFromMindar: await inOurs(photo => fromMind(theirs[photos.indexOf(photo)])),
    writeMs,
  }
}

function fromMind(file: Uint8Array): Uint8Array | undefined {
  try {
    return targetsFromMind(file)[0]
  } catch {
    return undefined
  }
}
