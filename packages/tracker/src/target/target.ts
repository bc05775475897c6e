import { TrackerError } from '../types.ts'

/** A compiled photo, read from its file and ready for the tracker. */
export interface Target {
  /** Size of the photo it was compiled from, in pixels: its aspect ratio. */
  readonly width: number
  readonly height: number
  readonly keypointCount: number
}

/**
 * Read a target file.
 * @throws TrackerError `not-a-target`, `newer-version`, `damaged`
 */
export function readTarget(bytes: Uint8Array): Target {
  if (bytes.length < 16 || bytes[0] !== 65 || bytes[1] !== 82 || bytes[2] !== 86 || bytes[3] !== 84) throw new TrackerError('not-a-target', 'not an ARV target file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return { width: view.getUint32(8, true), height: view.getUint32(12, true), keypointCount: 0 }
}
