import type { TrackResult } from '#tracker'

/** One frame on its way to the worker: a VideoFrame that the worker reads and closes, or grey pixels. */
export type FramePicture = { frame: VideoFrame } | { gray: ArrayBuffer; width: number; height: number }

/** Page → worker. `id` comes back with the answer. Times in milliseconds. */
export type Request =
  | { type: 'targets'; targets: ArrayBuffer[] }
  | { type: 'album'; index: ArrayBuffer }
  /** Of the album's photo that was wanted; null: it cannot be had now. */
  | { type: 'target'; photo: number; target: ArrayBuffer | null }
  | ({ type: 'track'; id: number; timeMs: number } & FramePicture)

/** Where the photo is in one frame. The pose is a copy: nine numbers, row by row (see the tracker's Homography). */
export interface Tracked {
  id: number
  state: TrackResult['state']
  target: number
  pose: number[] | null
  confidence: number
}

/** Worker → page. */
export type Answer =
  /** `ids` of an album's photos; `target` and `photo` are places in them. */
  | { type: 'ready'; ids?: readonly string[] }
  | { type: 'wanted'; photo: number }
  /** The targets can't be used; `code` is the tracker's. */
  | { type: 'failed'; code: string; message: string }
  /** This browser's VideoFrames can't be read here: send grey pixels from now on. */
  | { type: 'unreadable'; id: number }
  | ({ type: 'tracked'; buffer?: ArrayBuffer } & Tracked)
