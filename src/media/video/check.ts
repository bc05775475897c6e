import { stat } from 'node:fs/promises'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { ProgramError } from '../../lib/process.ts'
import type { Programs } from '../../lib/process.ts'
import type { Cache } from '../../lib/cache/cache.ts'
import { lookInto } from '../bytes.ts'
import { findContainer } from './container.ts'
import type { Container } from './container.ts'
import type { VideoFacts } from './facts.ts'
import { decodeFirstFrame, measureDuration, probe } from './probe.ts'
import type { Probed, ProbedStream } from './probe.ts'

/** As `checkVideo`, once per content: the job after the upload and the same file uploaded again find it known. `sha256` is the file's. */
export async function getVideoFacts(tools: { cache: Cache; programs: Programs }, path: string, sha256: string): Promise<VideoFacts> {
  return await tools.cache.get('media_info', `video ${sha256}`, { compute: async () => await checkVideo(path, tools.programs), tags: () => [] })
}

/**
 * Whether an uploaded file is a video that can be encoded, and what is in it. Its bytes decide, not its name.
 * @throws AppError `file_empty`, `video_too_large`, `video_wrong_kind`, `video_truncated`, `video_no_video_track`,
 *   `video_unreadable`, `video_too_long`, `video_too_many_pixels`
 */
export async function checkVideo(path: string, programs: Programs): Promise<VideoFacts> {
  const { size } = await stat(path)
  if (size === 0) throw new AppError('file_empty', { details: { field: 'video_file' } })
  if (size > limits.videoBytesMax) throw new AppError('video_too_large', { details: { limit: limits.videoBytesMax / 2 ** 30 } })
  const container = await lookInto(path, findContainer)
  if (container === undefined) throw new AppError('video_wrong_kind')
  if (container.cutOff) throw new AppError('video_truncated')
  try {
    const probed = await probe(path, container.demuxer, programs)
    if (!probed.streams?.length) throw new AppError('video_unreadable', { cause: new Error('no tracks') })
    const video = findVideoStream(probed)
    if (video === undefined) throw new AppError('video_no_video_track')
    const facts = describe(probed, video, container, size)
    if (facts.durationMs === 0) facts.durationMs = await measureDuration(path, container.demuxer, video.index, programs)
    facts.bitsPerSecond = facts.durationMs === 0 ? 0 : Math.round(size * 8000 / facts.durationMs)
    assertWithinLimits(facts, video)
    const frames = await decodeFirstFrame(path, container.demuxer, video.index, programs)
    if (frames === 0) throw new AppError('video_unreadable', { cause: new Error('no frame could be decoded') })
    return facts
  } catch (error) {
    const ours = !(error instanceof ProgramError) || error.failure === 'missing' || error.failure === 'aborted'
    throw ours ? error : new AppError('video_unreadable', { cause: error })
  }
}

/** The first track with moving pictures: a cover picture of a song is none. */
function findVideoStream(probed: Probed): ProbedStream | undefined {
  return probed.streams?.find(({ codec_type: type, disposition }) =>
    type === 'video' && disposition?.attached_pic !== 1 && disposition?.timed_thumbnails !== 1)
}

/** The first track that can be decoded: newer iPhones put a spatial one beside it that nobody else knows. */
function findAudioStream(probed: Probed): ProbedStream | undefined {
  return probed.streams?.find((stream) => stream.codec_type === 'audio' && known(stream.codec_name) !== null && (stream.channels ?? 0) > 0)
}

function assertWithinLimits(facts: VideoFacts, video: ProbedStream): void {
  const { width = 0, height = 0 } = video
  if (width <= 0 || height <= 0 || facts.videoCodec === '') throw new AppError('video_unreadable', { cause: new Error('no picture size or codec') })
  const limit = limits.videoSourceSideMaxPixels
  if (width > limit || height > limit) throw new AppError('video_too_many_pixels', { details: { width, height, limit } })
  const secondsMax = limits.videoDurationMaxSeconds
  if (facts.durationMs > secondsMax * 1000) throw new AppError('video_too_long', { details: { limit: secondsMax / 60 } })
}

function describe(probed: Probed, video: ProbedStream, container: Container, size: number): VideoFacts {
  const audio = findAudioStream(probed)
  const rotation = getRotation(video)
  const pixelAspect = parseRatio(video.sample_aspect_ratio) || 1
  const width = Math.round((video.width ?? 0) * Math.max(1, pixelAspect))
  const height = Math.round((video.height ?? 0) / Math.min(1, pixelAspect))
  const sideways = rotation % 180 !== 0
  const durationMs = getDuration(probed, video)
  return {
    mime: container.mime,
    extension: container.extension,
    demuxer: container.demuxer,
    durationMs,
    width: sideways ? height : width,
    height: sideways ? width : height,
    framesPerSecond: getFrameRate(video),
    videoCodec: known(video.codec_name) ?? '',
    profile: known(video.profile),
    level: video.level !== undefined && video.level > 0 ? video.level : null,
    pixelFormat: known(video.pix_fmt),
    audioCodec: known(audio?.codec_name),
    hasAudio: audio !== undefined,
    bitsPerSecond: durationMs === 0 ? 0 : Math.round(size * 8000 / durationMs),
    faststart: container.faststart,
    fragmented: container.fragmented,
    rotation,
    squarePixels: Math.abs(pixelAspect - 1) < 0.001,
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(video.field_order ?? ''),
    colorTransfer: known(video.color_transfer),
    colorMatrix: known(video.color_space),
    videoStream: video.index,
    audioStream: audio?.index ?? null,
    audioChannels: audio?.channels ?? 0,
    carriesExtras: carriesExtras(probed),
  }
}

function known(name: string | undefined): string | null {
  return name === undefined || name === '' || name === 'unknown' || name === 'none' || name === 'unspecified' ? null : name
}

/** Milliseconds; 0 when the file does not say. */
function getDuration(probed: Probed, video: ProbedStream): number {
  const tag = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(video.tags?.DURATION ?? '')
  const tagged = tag === null ? 0 : Number(tag[1]) * 3600 + Number(tag[2]) * 60 + Number(tag[3])
  const seconds = [Number(video.duration), tagged, Number(probed.format?.duration)].find((value) => value > 0) ?? 0
  return Math.round(seconds * 1000)
}

function getFrameRate(video: ProbedStream): number {
  const average = parseRatio(video.avg_frame_rate)
  // a recorder's time base in place of a rate is no rate
  if (average > 0 && average <= 480) return average
  const base = parseRatio(video.r_frame_rate)
  return base > 0 && base <= 240 ? base : 0
}

/** ffprobe tells it as a display matrix (counter-clockwise) or, of old files, as a tag (clockwise). */
function getRotation(video: ProbedStream): number {
  const matrix = video.side_data_list?.find((data) => data.rotation !== undefined)
  const clockwise = matrix === undefined ? Number(video.tags?.rotate ?? 0) : -Number(matrix.rotation)
  return Number.isFinite(clockwise) ? ((Math.round(clockwise / 90) * 90) % 360 + 360) % 360 : 0
}

function parseRatio(text: string | undefined): number {
  const [over, under] = (text ?? '').split(/[/:]/).map(Number)
  return over > 0 && under > 0 ? over / under : 0
}

function carriesExtras(probed: Probed): boolean {
  const streams = probed.streams ?? []
  const tags = [probed.format?.tags, ...streams.map((stream) => stream.tags)]
  const place = tags.some((some) => Object.keys(some ?? {}).some((name) => /location|gps|xyz/i.test(name)))
  const playable = streams.filter((stream) => stream.codec_type === 'video' || stream.codec_type === 'audio')
  const kinds = new Set(playable.map((stream) => stream.codec_type))
  return place || streams.length > kinds.size || (probed.chapters?.length ?? 0) > 0
}
