import { limits } from '../../limits.ts'
import { runProgram } from '../../lib/process.ts'
import type { Programs } from '../../lib/process.ts'

/** The parts of ffprobe's JSON that are used. Numbers come as text in many places. */
export interface ProbedStream {
  index: number
  codec_type?: string
  codec_name?: string
  codec_tag_string?: string
  profile?: string
  level?: number
  pix_fmt?: string
  width?: number
  height?: number
  sample_aspect_ratio?: string
  field_order?: string
  color_transfer?: string
  color_space?: string
  avg_frame_rate?: string
  r_frame_rate?: string
  duration?: string
  nb_frames?: string
  channels?: number
  disposition?: Record<string, number>
  tags?: Record<string, string>
  side_data_list?: { side_data_type?: string; rotation?: number | string }[]
}

export interface Probed {
  streams?: ProbedStream[]
  chapters?: unknown[]
  format?: { duration?: string; tags?: Record<string, string> }
}

/** Arguments that open a file, and only it, with the reader that its bytes ask for. */
export function inputArguments(path: string, demuxer: string): string[] {
  return ['-protocol_whitelist', 'file', '-f', demuxer, '-i', `file:${path}`]
}

const probeLimits = { timeoutMs: limits.probeTimeoutMs, memoryBytesMax: limits.probeMemoryBytesMax }

/** @throws ProgramError */
export async function probe(path: string, demuxer: string, programs: Programs): Promise<Probed> {
  const { stdout } = await runProgram(programs.ffprobe, [
    '-v', 'error', '-hide_banner', '-print_format', 'json', '-show_format', '-show_streams', '-show_chapters',
    ...inputArguments(path, demuxer),
  ], { ...probeLimits, outputBytesMax: limits.probeOutputBytesMax })
  return JSON.parse(stdout) as Probed
}

/** The end of the last packet in milliseconds, for files that don't say how long they are. Reads all of the file. */
export async function measureDuration(path: string, demuxer: string, stream: number, programs: Programs): Promise<number> {
  let first = Infinity
  let last = 0
  await runProgram(programs.ffprobe, [
    '-v', 'error', '-hide_banner', '-select_streams', String(stream), '-show_entries', 'packet=pts_time,duration_time', '-print_format', 'csv=p=0',
    ...inputArguments(path, demuxer),
  ], {
    ...probeLimits,
    outputBytesMax: 65_536,
    onLine: (line) => {
      const [start, duration] = line.split(',').map(Number)
      if (!Number.isFinite(start)) return
      first = Math.min(first, start)
      last = Math.max(last, start + (Number.isFinite(duration) ? duration : 0))
    },
  })
  return Number.isFinite(first) ? Math.round((last - first) * 1000) : 0
}

/** How many frames (at most one) of a stream can be decoded near its start. */
export async function decodeFirstFrame(path: string, demuxer: string, stream: number, programs: Programs): Promise<number> {
  let frames = 0
  await runProgram(programs.ffmpeg, [
    '-v', 'error', '-nostdin', '-nostats', '-progress', 'pipe:1', '-threads', '1', ...inputArguments(path, demuxer),
    '-map', `0:${stream}`, '-t', '10', '-frames:v', '1', '-f', 'null', '-',
  ], {
    ...probeLimits,
    outputBytesMax: 65_536,
    onLine: (line) => {
      const found = /^frame=\s*(\d+)/.exec(line)
      if (found !== null) frames = Number(found[1])
    },
  })
  return frames
}
