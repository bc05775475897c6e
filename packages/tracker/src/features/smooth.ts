import type { ImageBuffer } from '../image/pyramid.ts'

/** A smoothed level: 12-bit values (grey × 16), σ ≈ 1 px. */
export interface SmoothBuffer {
  data: Uint16Array
  rows: Uint16Array
  width: number
  height: number
}

export function createSmoothBuffer(): SmoothBuffer {
  return { data: new Uint16Array(0), rows: new Uint16Array(0), width: 0, height: 0 }
}

/** Binomial smoothing [1 4 6 4 1]/16 along both axes, edges repeated. Integers only, so the result is the same everywhere. */
export function smoothInto(image: ImageBuffer, out: SmoothBuffer): void {
  const { width, height, data } = image
  const size = width * height
  if (out.data.length < size) {
    out.data = new Uint16Array(size)
    out.rows = new Uint16Array(size)
  }
  out.width = width
  out.height = height
  const rows = out.rows
  for (let y = 0; y < height; y++) {
    const start = y * width
    const end = start + width
    for (let i = start + 2; i < end - 2; i++) rows[i] = data[i - 2] + data[i + 2] + 4 * (data[i - 1] + data[i + 1]) + 6 * data[i]
    for (const i of [start, start + 1, end - 2, end - 1]) {
      const at = (j: number): number => data[Math.min(end - 1, Math.max(start, j))]
      rows[i] = at(i - 2) + at(i + 2) + 4 * (at(i - 1) + at(i + 1)) + 6 * at(i)
    }
  }
  for (let y = 0; y < height; y++) {
    const r0 = Math.max(0, y - 2) * width, r1 = Math.max(0, y - 1) * width, r2 = y * width
    const r3 = Math.min(height - 1, y + 1) * width, r4 = Math.min(height - 1, y + 2) * width
    for (let x = 0; x < width; x++) {
      out.data[r2 + x] = (rows[r0 + x] + rows[r4 + x] + 4 * (rows[r1 + x] + rows[r3 + x]) + 6 * rows[r2 + x]) >> 4
    }
  }
}
