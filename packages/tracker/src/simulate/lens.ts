/** Gaussian defocus of `sigma` pixels, in place; the border is repeated. */
export function defocus(frame: Float32Array, width: number, height: number, sigma: number): void {
  if (sigma <= 0) return
  const radius = Math.ceil(3 * sigma)
  const kernel = new Float32Array(2 * radius + 1)
  let sum = 0
  for (let k = -radius; k <= radius; k++) sum += kernel[k + radius] = Math.exp(-k * k / (2 * sigma * sigma))
  for (let k = 0; k < kernel.length; k++) kernel[k] /= sum
  const line = new Float32Array(Math.max(width, height) + 2 * radius)
  for (let y = 0; y < height; y++) convolveLine(frame, y * width, 1, width, kernel, line)
  for (let x = 0; x < width; x++) convolveLine(frame, x, width, height, kernel, line)
}

function convolveLine(frame: Float32Array, start: number, step: number, count: number, kernel: Float32Array, line: Float32Array): void {
  const radius = kernel.length >> 1
  for (let i = -radius; i < count + radius; i++) {
    line[i + radius] = frame[start + step * Math.min(count - 1, Math.max(0, i))]
  }
  for (let i = 0; i < count; i++) {
    let sum = 0
    for (let k = 0; k < kernel.length; k++) sum += kernel[k] * line[i + k]
    frame[start + step * i] = sum
  }
}

/**
 * The mean of the frame moved along (dx, dy) pixels during the exposure, centred on the frame's own time, so the true
 * pose is the one at mid-exposure. Returns a new array when there is movement.
 */
export function smear(frame: Float32Array, width: number, height: number, dx: number, dy: number): Float32Array<ArrayBuffer> | null {
  const steps = Math.ceil(2 * Math.hypot(dx, dy))
  if (steps < 1) return null
  const out = new Float32Array(frame.length)
  for (let step = 0; step < steps; step++) {
    const part = (step + 0.5) / steps - 0.5
    addShifted(out, frame, width, height, part * dx, part * dy, 1 / steps)
  }
  return out
}

function addShifted(out: Float32Array, frame: Float32Array, width: number, height: number, dx: number, dy: number, weight: number): void {
  const wholeX = Math.floor(dx), wholeY = Math.floor(dy)
  const fx = dx - wholeX, fy = dy - wholeY
  for (let y = 0; y < height; y++) {
    const near = Math.min(height - 1, Math.max(0, y - wholeY)) * width
    const far = Math.min(height - 1, Math.max(0, y - wholeY - 1)) * width
    for (let x = 0; x < width; x++) {
      const right = Math.min(width - 1, Math.max(0, x - wholeX)), left = Math.min(width - 1, Math.max(0, x - wholeX - 1))
      const upper = frame[near + right] * (1 - fx) + frame[near + left] * fx
      const lower = frame[far + right] * (1 - fx) + frame[far + left] * fx
      out[y * width + x] += weight * (upper * (1 - fy) + lower * fy)
    }
  }
}
