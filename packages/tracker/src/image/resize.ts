import type { GrayImage } from '../types.ts'

/**
 * Downsize by area average: each output pixel is the mean of the input area it covers, partial pixels counted by their
 * share. Sums in double precision with additions and multiplications only, so every engine gives the same bytes.
 * `width` and `height` must not exceed the image's.
 */
export function resizeByArea(image: GrayImage, width: number, height: number): GrayImage {
  const { data, width: sourceWidth, height: sourceHeight } = image
  const out = new Uint8Array(width * height)
  if (width === sourceWidth && height === sourceHeight) {
    out.set(data)
    return { data: out, width, height }
  }
  const rowSum = new Float64Array(width)
  const stepX = sourceWidth / width
  const stepY = sourceHeight / height
  const scale = 1 / (stepX * stepY)
  for (let y = 0; y < height; y++) {
    rowSum.fill(0)
    const top = y * stepY
    const bottom = Math.min(sourceHeight, top + stepY)
    for (let row = Math.floor(top); row < bottom; row++) {
      const weight = Math.min(row + 1, bottom) - Math.max(row, top)
      addRow(data, row * sourceWidth, sourceWidth, stepX, weight, rowSum)
    }
    for (let x = 0; x < width; x++) out[y * width + x] = Math.min(255, Math.floor(rowSum[x] * scale + 0.5))
  }
  return { data: out, width, height }
}

function addRow(data: Uint8Array, start: number, length: number, step: number, weight: number, sum: Float64Array): void {
  for (let x = 0; x < sum.length; x++) {
    const left = x * step
    const right = Math.min(length, left + step)
    const first = Math.floor(left)
    const last = Math.min(length - 1, Math.floor(right))
    if (first === last) {
      sum[x] += weight * data[start + first] * (right - left)
      continue
    }
    let inner = 0
    for (let i = first + 1; i < last; i++) inner += data[start + i]
    sum[x] += weight * (inner + data[start + first] * (first + 1 - left) + data[start + last] * (right - last))
  }
}

/** The size with the same shape whose longer side is at most `longerSide`; never larger than the image. */
export function fitWithin(width: number, height: number, longerSide: number): { width: number; height: number } {
  const scale = Math.min(1, longerSide / Math.max(width, height))
  return { width: Math.max(1, Math.floor(width * scale + 0.5)), height: Math.max(1, Math.floor(height * scale + 0.5)) }
}
