import type { GrayImage } from '../types.ts'

/** Half the side of the patch that MindAR follows around each point. */
const PATCH_PX = 6
/** The patch's grey levels must vary by this much, as standard deviation. */
const DEVIATION_MIN = 8
const POINTS_MAX = 100

/**
 * Where MindAR shall follow the photo: patches that look different wherever they are shifted (Shi & Tomasi 1994), spread
 * out by a tenth of the image.
 */
export function trackingPoints(image: GrayImage): { x: number, y: number }[] {
  const strength = cornerStrength(image)
  const { width, height } = image
  const order = Array.from(strength.keys()).filter(at => strength[at] > 0).sort((a, b) => strength[b] - strength[a] || a - b)
  const apart = Math.floor(Math.min(width, height) / 10)
  const taken = new Uint8Array(width * height)
  const points: { x: number, y: number }[] = []
  for (const at of order) {
    if (points.length === POINTS_MAX) break
    if (taken[at]) continue
    const x = at % width, y = (at - x) / width
    points.push({ x, y })
    for (let row = Math.max(0, y - apart); row <= Math.min(height - 1, y + apart); row++) {
      taken.fill(1, row * width + Math.max(0, x - apart), row * width + Math.min(width, x + apart + 1))
    }
  }
  return points
}

/** The smaller eigenvalue of the gradients' moments over the patch; 0 where the patch is plain or leaves the image. */
function cornerStrength({ data, width, height }: GrayImage): Float64Array {
  const sums = Array.from({ length: 5 }, () => new Float64Array((width + 1) * (height + 1)))
  for (let y = 0; y < height; y++) {
    const running = [0, 0, 0, 0, 0]
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const gx = x > 0 && x < width - 1 ? data[at + 1] - data[at - 1] : 0, gy = y > 0 && y < height - 1 ? data[at + width] - data[at - width] : 0
      const terms = [gx * gx, gx * gy, gy * gy, data[at], data[at] * data[at]]
      terms.forEach((term, i) => {
        running[i] += term
        sums[i][(y + 1) * (width + 1) + x + 1] = sums[i][y * (width + 1) + x + 1] + running[i]
      })
    }
  }
  const strength = new Float64Array(width * height)
  const side = 2 * PATCH_PX + 1, count = side * side
  for (let y = PATCH_PX; y < height - PATCH_PX; y++) {
    for (let x = PATCH_PX; x < width - PATCH_PX; x++) {
      const top = (y - PATCH_PX) * (width + 1) + x - PATCH_PX, bottom = top + side * (width + 1)
      const [xx, xy, yy, grey, square] = sums.map(sum => sum[bottom + side] - sum[bottom] - sum[top + side] + sum[top])
      if (square / count - (grey / count) ** 2 < DEVIATION_MIN * DEVIATION_MIN) continue
      strength[y * width + x] = (xx + yy) / 2 - Math.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    }
  }
  return strength
}
