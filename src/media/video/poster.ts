import { mkdtemp, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { ProgramError, runProgram } from '../../lib/process.ts'
import type { Programs } from '../../lib/process.ts'
import type { VideoFacts } from './facts.ts'
import { getPictureFilters } from './filters.ts'
import { inputArguments } from './probe.ts'
import { fitEven } from './rendition.ts'

/** Under these (of 255) a frame is a fade, a title's background, or nothing. */
const brightnessMin = 24
const contrastMin = 8

/**
 * Writes a still of the video, as the ending of `out` says (.webp, .jpg): a frame about a second in, or the first
 * later or earlier one that shows something.
 * @throws AppError `video_encoding_failed`
 */
export async function makePoster(
  video: string, facts: VideoFacts, out: string, programs: Programs, options: { signal?: AbortSignal } = {},
): Promise<void> {
  const folder = await mkdtemp(path.join(path.dirname(out), 'poster-'))
  try {
    let best: { file: string; contrast: number } | undefined
    for (const [index, second] of listMoments(facts.durationMs / 1000).entries()) {
      const file = path.join(folder, `${index}.png`)
      if (!await grabFrame(video, facts, second, file, programs, options.signal)) continue
      const { brightness, contrast } = await measure(file)
      if (best === undefined || contrast > best.contrast) best = { file, contrast }
      if (brightness >= brightnessMin && contrast >= contrastMin) break
    }
    if (best === undefined) throw new AppError('video_encoding_failed', { cause: new Error('no frame for the poster') })
    await sharp(best.file).toFile(out)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function listMoments(seconds: number): number[] {
  const inside = [1, 2, 3, seconds / 2, seconds * 0.9].filter((moment) => moment < seconds - 0.1)
  return [...new Set([...inside, 0])]
}

async function grabFrame(
  video: string, facts: VideoFacts, second: number, file: string, programs: Programs, signal: AbortSignal | undefined,
): Promise<boolean> {
  const side = limits.posterSideMaxPixels
  const filters = await getPictureFilters(facts, fitEven(facts, { width: side, height: side }), programs)
  try {
    await runProgram(programs.ffmpeg, [
      '-v', 'error', '-nostdin', '-y', '-threads', '1', '-ss', String(second), ...inputArguments(video, facts.demuxer),
      '-map', `0:${facts.videoStream}`, '-vf', filters.join(','), '-frames:v', '1', '-c:v', 'png',
      '-f', 'image2', '-update', '1', `file:${file}`,
    ], { timeoutMs: limits.probeTimeoutMs, memoryBytesMax: limits.encodeMemoryBytesMax, outputBytesMax: 65_536, signal, background: true })
  } catch (error) {
    if (!(error instanceof ProgramError) || error.failure === 'aborted' || error.failure === 'missing') throw error
    return false
  }
  return await stat(file).then(({ size }) => size > 0, () => false)
}

async function measure(file: string): Promise<{ brightness: number; contrast: number }> {
  const { channels } = await sharp(file).greyscale().toColourspace('b-w').stats()
  return { brightness: channels[0].mean, contrast: channels[0].stdev }
}
