/** What an uploaded or encoded video is. */
export interface VideoFacts {
  mime: string
  /** Without a dot. */
  extension: string
  demuxer: 'mov' | 'matroska'
  durationMs: number
  /** As it is shown: turned upright, with square pixels. */
  width: number
  height: number
  /** On average; 0 when the file does not say. */
  framesPerSecond: number
  videoCodec: string
  profile: string | null
  /** Ten times H.264's level: 31 for 3.1. */
  level: number | null
  pixelFormat: string | null
  audioCodec: string | null
  hasAudio: boolean
  /** Of everything in the file. */
  bitsPerSecond: number
  faststart: boolean
  fragmented: boolean
  /** Clockwise degrees by which players turn it: 0, 90, 180, 270. */
  rotation: number
  squarePixels: boolean
  interlaced: boolean
  /** ffmpeg's names; null when the file does not say. */
  colorTransfer: string | null
  colorMatrix: string | null
  videoStream: number
  audioStream: number | null
  audioChannels: number
  /** More than a guest needs: a place in the metadata, further tracks, chapters. */
  carriesExtras: boolean
}
