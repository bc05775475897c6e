import type { GrayImage } from './types.ts'
import { TrackerError } from './types.ts'

export interface CompileOptions {
  /** Called with 0–1 as the work proceeds, from the same thread. */
  onProgress?: (fraction: number) => void
}

/**
 * Compile a photo into a target file.
 * @throws TrackerError `bad-image`, `too-small`, `no-texture`
 */
export function compile(photo: GrayImage, options: CompileOptions = {}): Uint8Array {
  if (photo.data.length !== photo.width * photo.height) throw new TrackerError('bad-image', 'data.length is not width × height')
  if (photo.width < 100 || photo.height < 100) throw new TrackerError('too-small', 'a side is under 100 px')
  const bytes = new Uint8Array(16)
  bytes.set([65, 82, 86, 84])
  const view = new DataView(bytes.buffer)
  view.setUint32(8, photo.width, true)
  view.setUint32(12, photo.height, true)
  options.onProgress?.(1)
  return bytes
}
