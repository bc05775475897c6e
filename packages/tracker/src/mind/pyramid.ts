/** A grey image in floats, as MindAR's kernels see it. */
export interface Plane { data: Float32Array, width: number, height: number }

/** Two images per octave, the second smoothed once more; and their differences. */
export interface Octaves {
  smooth: Plane[]
  differences: Plane[]
}

const OCTAVES_MAX = 5
const SIDE_MIN_PX = 8

/** Pyramid of a grey image: binomial smoothing, halved from octave to octave (Burt & Adelson 1983). */
export function buildOctaves(image: Plane): Octaves {
  const smooth: Plane[] = [], differences: Plane[] = []
  for (let octave = 0, w = image.width, h = image.height; octave < OCTAVES_MAX && w >= SIDE_MIN_PX && h >= SIDE_MIN_PX; octave++, w /= 2, h /= 2) {
    const first: Plane = octave === 0 ? blur(image) : halve(smooth[octave - 1])
    const second = blur(first)
    smooth.push(second)
    differences.push({ ...first, data: first.data.map((value, i) => value - second.data[i]) })
  }
  return { smooth, differences }
}

/** [1 4 6 4 1] ⊗ [1 4 6 4 1] / 256, the border repeated. */
function blur({ data, width, height }: Plane): Plane {
  const rows = new Float32Array(data.length), out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    const at = y * width
    for (let x = 0; x < width; x++) {
      const x1 = Math.max(0, x - 1), x2 = Math.max(0, x - 2), x3 = Math.min(width - 1, x + 1), x4 = Math.min(width - 1, x + 2)
      rows[at + x] = data[at + x2] + 4 * data[at + x1] + 6 * data[at + x] + 4 * data[at + x3] + data[at + x4]
    }
  }
  for (let y = 0; y < height; y++) {
    const y1 = Math.max(0, y - 1) * width, y2 = Math.max(0, y - 2) * width
    const y3 = Math.min(height - 1, y + 1) * width, y4 = Math.min(height - 1, y + 2) * width
    for (let x = 0; x < width; x++) {
      out[y * width + x] = (rows[y2 + x] + 4 * rows[y1 + x] + 6 * rows[y * width + x] + 4 * rows[y3 + x] + rows[y4 + x]) / 256
    }
  }
  return { data: out, width, height }
}

/** The mean of every two by two pixels; an odd last row or column is left out. */
export function halve({ data, width, height }: Plane): Plane {
  const w = width >> 1, h = height >> 1
  const out = new Float32Array(w * h)
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = 2 * y * width + 2 * x
      out[y * w + x] = 0.25 * (data[at] + data[at + width] + data[at + 1] + data[at + width + 1])
    }
  }
  return { data: out, width: w, height: h }
}

/** Bilinear enlargement to exactly twice the grid of `halve`. */
export function double({ data, width, height }: Plane, toWidth: number, toHeight: number): Plane {
  const out = new Float32Array(toWidth * toHeight)
  for (let y = 0; y < toHeight; y++) {
    const sy = 0.5 * y - 0.25, top = Math.floor(sy), fy = sy - top
    const upper = Math.min(height - 1, Math.max(0, top)) * width, lower = Math.min(height - 1, top + 1) * width
    for (let x = 0; x < toWidth; x++) {
      const sx = 0.5 * x - 0.25, left = Math.floor(sx), fx = sx - left
      const near = Math.min(width - 1, Math.max(0, left)), far = Math.min(width - 1, left + 1)
      out[y * toWidth + x] = (data[upper + near] * (1 - fx) + data[upper + far] * fx) * (1 - fy) + (data[lower + near] * (1 - fx) + data[lower + far] * fx) * fy
    }
  }
  return { data: out, width: toWidth, height: toHeight }
}
