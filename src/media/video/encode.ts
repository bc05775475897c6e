import { rm } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { ProgramError, runProgram } from '../../lib/process.ts'
import type { Programs } from '../../lib/process.ts'
import { checkVideo } from './check.ts'
import type { VideoFacts } from './facts.ts'
import { getPictureFilters } from './filters.ts'
import { inputArguments } from './probe.ts'
import { getRenditionRate, getRenditionSize } from './rendition.ts'

export interface EncodeOptions {
  /** 0–1 */
  onProgress?: (fraction: number) => void
  signal?: AbortSignal
  timeoutMs?: number
}

/** A rendition may be this much shorter than what it was made of: the larger of the two. */
const missingMax = { ms: 500, share: 0.1 }

/**
 * Encodes a video into what every phone plays: MP4, H.264 High, 720p, 30 frames a second at most, AAC stereo, upright,
 * without metadata. Small damage is passed over. Returns what came out.
 * @throws AppError `video_encoding_failed`, `video_encoding_timed_out`, `storage_full`; the signal's reason
 */
export async function encodeVideo(
  path: string, facts: VideoFacts, out: string, programs: Programs, options: EncodeOptions = {},
): Promise<VideoFacts> {
  try {
    const filters = await getPictureFilters(facts, getRenditionSize(facts), programs)
    await runProgram(programs.ffmpeg, getArguments(path, facts, filters, out), {
      timeoutMs: options.timeoutMs ?? limits.encodeTimeoutMs,
      memoryBytesMax: limits.encodeMemoryBytesMax,
      outputBytesMax: 65_536,
      signal: options.signal,
      background: true,
      onLine: (line) => {
        const fraction = readProgress(line, facts)
        if (fraction !== undefined) options.onProgress?.(fraction)
      },
    })
    const encoded = await checkVideo(out, programs)
    const missingMs = facts.durationMs - encoded.durationMs
    const much = missingMs > Math.max(missingMax.ms, facts.durationMs * missingMax.share)
    if (much) throw new Error(`${missingMs} of ${facts.durationMs} ms could not be decoded`)
    options.onProgress?.(1)
    return encoded
  } catch (error) {
    await rm(out, { force: true })
    options.signal?.throwIfAborted()
    throw explain(error)
  }
}

function explain(error: unknown): unknown {
  if (error instanceof ProgramError) {
    if (error.failure === 'missing') return error
    if (error.failure === 'timeout') return new AppError('video_encoding_timed_out', { cause: error })
    const full = /No space left on device|Disk quota exceeded|File too large/.test(error.stderr)
    if (full) return new AppError('storage_full', { cause: error })
  }
  return new AppError('video_encoding_failed', { cause: error })
}

function getArguments(path: string, facts: VideoFacts, filters: string[], out: string): string[] {
  const { rate, name } = getRenditionRate(facts)
  const keyframeFrames = String(Math.round(rate * 2))
  const audio = facts.audioStream === null ? ['-an'] : [
    '-map', `0:${facts.audioStream}`, '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000', '-af', 'aresample=async=1000:first_pts=0',
  ]
  return [
    '-v', 'error', '-nostdin', '-nostats', '-progress', 'pipe:1', '-y',
    '-threads', String(limits.encodeThreadsMax), ...inputArguments(path, facts.demuxer),
    '-map', `0:${facts.videoStream}`,
    '-filter_threads', '1', '-vf', [`fps=${name}`, ...filters].join(','),
    '-c:v', 'libx264', '-preset', 'fast', '-profile:v', 'high', '-level:v', '3.1', '-pix_fmt', 'yuv420p',
    '-crf', '22', '-maxrate', String(limits.renditionBitsPerSecond), '-bufsize', String(limits.renditionBitsPerSecond * 2),
    '-g', keyframeFrames, '-keyint_min', keyframeFrames,
    '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv',
    '-threads', String(limits.encodeThreadsMax),
    ...audio,
    '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact',
    '-t', String(limits.videoDurationMaxSeconds), '-max_muxing_queue_size', '4096', '-movflags', '+faststart', '-f', 'mp4', `file:${out}`,
  ]
}

/** ffmpeg's `out_time_ms` counts microseconds in every version. The last percent is the check of the result. */
function readProgress(line: string, facts: VideoFacts): number | undefined {
  const found = /^out_time_ms=(\d+)/.exec(line)
  if (found === null || facts.durationMs === 0) return undefined
  return Math.min(0.99, Number(found[1]) / 1000 / facts.durationMs)
}
