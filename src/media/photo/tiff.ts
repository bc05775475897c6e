import type { RawPhoto } from './heic.ts'

/**
 * Wraps raw RGB pixels with their ICC profile into an uncompressed TIFF (TIFF 6.0 §2, ICC.1 annex B.4), because sharp
 * takes a profile only from a file.
 */
export function wrapAsTiff(photo: RawPhoto, profile: Uint8Array): Buffer {
  const entries = 11
  const bitsAt = 8 + 2 + entries * 12 + 4
  const profileAt = bitsAt + 6
  const pixelsAt = profileAt + profile.length + (profile.length & 1)
  const file = Buffer.alloc(pixelsAt + photo.data.length)
  file.write('II*\0', 0, 'latin1')
  file.writeUInt32LE(8, 4)
  file.writeUInt16LE(entries, 8)
  const [short, long, undefinedBytes] = [3, 4, 7]
  const fields: [tag: number, type: number, count: number, value: number][] = [
    [256, long, 1, photo.width],
    [257, long, 1, photo.height],
    [258, short, 3, bitsAt],
    [259, short, 1, 1], // no compression
    [262, short, 1, 2], // RGB
    [273, long, 1, pixelsAt],
    [277, short, 1, 3],
    [278, long, 1, photo.height],
    [279, long, 1, photo.data.length],
    [284, short, 1, 1], // channels interleaved
    [34675, undefinedBytes, profile.length, profileAt],
  ]
  fields.forEach(([tag, type, count, value], index) => {
    const at = 10 + index * 12
    file.writeUInt16LE(tag, at)
    file.writeUInt16LE(type, at + 2)
    file.writeUInt32LE(count, at + 4)
    file.writeUInt32LE(value, at + 8)
  })
  for (let channel = 0; channel < 3; channel++) file.writeUInt16LE(8, bitsAt + channel * 2)
  file.set(profile, profileAt)
  file.set(photo.data, pixelsAt)
  return file
}
