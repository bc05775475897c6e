import { cornersOf, poseInFrame, renderFrame } from '../../packages/tracker/src/simulate.ts'
import type { GrayImage } from '../../packages/tracker/src/types.ts'
import type { SequenceOutcome } from './figures.ts'
import { extremeSequences, hardSequences } from './hard.ts'
import { throughJpeg } from './photos.ts'
import type { Photo } from './photos.ts'
import { easySequences, enterSequences, motionSequences, stillSequences } from './sequences.ts'
import type { Sequence } from './sequences.ts'

/** Every film of the run, in a fixed order: workers name a film by its index. */
export function planSequences(photos: Photo[], quick: boolean): Sequence[] {
  if (quick) return thin([...easySequences(photos, 6), ...hardSequences(photos, 5), ...stillSequences(photos, 16), ...motionSequences(photos, 16), ...enterSequences(photos, 18)])
  return [
    ...easySequences(photos, 24), ...hardSequences(photos, 8), ...extremeSequences(photos, 120, 8),
    ...stillSequences(photos, 30), ...motionSequences(photos, 40), ...enterSequences(photos, 24),
  ]
}

/** The quick run films a few of each suite, spread evenly. */
function thin(sequences: Sequence[]): Sequence[] {
  const kept: Record<string, number> = { easy: 8, hard: 36, still: 2, motion: 2, enter: 3 }
  return Object.entries(kept).flatMap(([suite, count]) => {
    const all = sequences.filter(sequence => sequence.suite === suite)
    return Array.from({ length: count }, (_, i) => ({ ...all[Math.floor(i * all.length / count)], peer: i % 8 === 0 }))
  })
}

/** The frames of a film, one after the other. */
export async function* filmFrames(sequence: Sequence, photo: Photo): AsyncGenerator<GrayImage> {
  for (const scene of sequence.scenes) {
    const frame = renderFrame(photo.image, scene)
    yield sequence.jpegQuality ? await throughJpeg(frame, sequence.jpegQuality) : frame
  }
}

/** An outcome without frames yet, with the truth about them. */
export function startOutcome(sequence: Sequence): SequenceOutcome {
  const { suite, cell, photo, peer, expectedFrom } = sequence
  return { suite, cell, photo, peer, expectedFrom, truth: sequence.scenes.map(scene => cornersOf(poseInFrame(scene)!).flat()), frames: [] }
}
