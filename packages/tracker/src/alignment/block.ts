/** A block is 8 × 8 template pixels. */
export const BLOCK = 8
export const BLOCK_PIXELS = BLOCK * BLOCK
/** Per pixel: the normalised template value, then its eight steepest-descent values. */
export const VALUES_PER_PIXEL = 9
/** Σ a² over a block for a = −3.5 … 3.5 along one axis. */
export const RAMP_NORM = 336

/** Fill `detail` of a block (norm 1, without mean and slopes) from its pixels; returns the detail's contrast. */
export function extractDetail(pixels: Float64Array, detail: Float32Array, base: number): number {
  let sum = 0, slopeX = 0, slopeY = 0
  for (let k = 0; k < BLOCK_PIXELS; k++) {
    sum += pixels[k]
    slopeX += pixels[k] * ((k & 7) - 3.5)
    slopeY += pixels[k] * ((k >> 3) - 3.5)
  }
  let norm2 = 0
  for (let k = 0; k < BLOCK_PIXELS; k++) {
    const rest = pixels[k] - sum / BLOCK_PIXELS - (slopeX * ((k & 7) - 3.5) + slopeY * ((k >> 3) - 3.5)) / RAMP_NORM
    detail[base + k] = rest
    norm2 += rest * rest
  }
  const norm = Math.sqrt(norm2)
  for (let k = 0; k < BLOCK_PIXELS; k++) detail[base + k] /= norm + 1e-6
  return norm
}
