import { limits } from '../../limits.ts'
import type { Size } from '../photo/decode.ts'
import type { VideoFacts } from './facts.ts'

const profilesKept = new Set(['Constrained Baseline', 'Baseline', 'Main', 'High'])
const levelKeptMax = 41
/** Phones write 30.02 and mean 30. */
const framesPerSecondSlack = 0.5

/** Whether guests need another form of this video: false when every phone plays it as it is, quickly, and it tells nothing private. */
export function needsRendition(facts: VideoFacts): boolean {
  const plays = facts.mime === 'video/mp4' && facts.faststart && !facts.fragmented
    && facts.videoCodec === 'h264' && profilesKept.has(facts.profile ?? '') && facts.level !== null && facts.level <= levelKeptMax
    && facts.pixelFormat === 'yuv420p' && !facts.interlaced && facts.squarePixels && facts.rotation === 0
    && (!facts.hasAudio || (facts.audioCodec === 'aac' && facts.audioChannels <= 2))
  const small = Math.max(facts.width, facts.height) <= limits.renditionLongSideMaxPixels
    && Math.min(facts.width, facts.height) <= limits.renditionShortSideMaxPixels
    && facts.framesPerSecond > 0 && facts.framesPerSecond <= limits.renditionFramesPerSecondMax + framesPerSecondSlack
    && facts.bitsPerSecond > 0 && facts.bitsPerSecond <= limits.renditionKeepBitsPerSecondMax
  return !plays || !small || facts.carriesExtras
}

/** The rendition's picture: fits 1280×720 lying or 720×1280 standing, never larger than the source, both sides even. */
export function getRenditionSize({ width, height }: Size): Size {
  const [widthMax, heightMax] = width >= height
    ? [limits.renditionLongSideMaxPixels, limits.renditionShortSideMaxPixels]
    : [limits.renditionShortSideMaxPixels, limits.renditionLongSideMaxPixels]
  return fitEven({ width, height }, { width: widthMax, height: heightMax })
}

export function fitEven(size: Size, box: Size): Size {
  const scale = Math.min(1, box.width / size.width, box.height / size.height)
  const even = (side: number) => Math.max(2, Math.round(side * scale / 2) * 2)
  return { width: even(size.width), height: even(size.height) }
}

const usualRates: [rate: number, name: string][] = [[24000 / 1001, '24000/1001'], [30000 / 1001, '30000/1001']]

/** A constant rate near the source's own, as ffmpeg writes it. */
export function getRenditionRate(facts: VideoFacts): { rate: number; name: string } {
  const max = limits.renditionFramesPerSecondMax
  const source = facts.framesPerSecond
  for (const [rate, name] of usualRates) if (Math.abs(source - rate) < 0.01) return { rate, name }
  const rate = source === 0 ? max : Math.min(max, Math.max(1, source - Math.floor(source) < 0.1 ? Math.floor(source) : Math.ceil(source)))
  return { rate, name: String(rate) }
}
