import type { Keypoints } from '../features/keypoints.ts'
import type { ViewGeometry } from './views.ts'

/** Keypoints nearer than this to the photo's edge see too much of what is behind it, in view pixels. */
const EDGE_PX = 5

/**
 * The rows of a view's keypoints worth keeping: strong ones, spread over the photo (greedy suppression with a shrinking
 * radius, after Brown, Szeliski & Winder 2005), so that a hand over one corner does not take them all.
 */
export function selectKeypoints(found: Keypoints, geometry: ViewGeometry, quota: number): number[] {
  const inside: number[] = []
  for (let row = 0; row < found.count; row++) if (isInside(found.x[row], found.y[row], geometry.matrix)) inside.push(row)
  inside.sort((a, b) => found.strength[b] - found.strength[a] || a - b)
  const area = Math.abs(geometry.matrix[0] * geometry.matrix[4] - geometry.matrix[1] * geometry.matrix[3])
  const kept: number[] = []
  const taken = new Uint8Array(found.count)
  for (let spacing2 = area / quota; kept.length < quota && kept.length < inside.length; spacing2 *= 0.4) {
    if (spacing2 < 2) spacing2 = 0
    for (const row of inside) {
      if (kept.length >= quota) break
      if (taken[row] || !isApart(found, row, kept, spacing2)) continue
      taken[row] = 1
      kept.push(row)
    }
  }
  return kept
}

function isInside(x: number, y: number, m: Float64Array): boolean {
  const px = x - m[2], py = y - m[5]
  const determinant = m[0] * m[4] - m[1] * m[3]
  const u = (m[4] * px - m[1] * py) / determinant
  const v = (m[0] * py - m[3] * px) / determinant
  // Distances to the four edges in view pixels: the unit square's edges u = const and v = const after the affine map.
  const perU = Math.abs(determinant) / Math.sqrt(m[1] * m[1] + m[4] * m[4])
  const perV = Math.abs(determinant) / Math.sqrt(m[0] * m[0] + m[3] * m[3])
  return Math.min(u, 1 - u) * perU >= EDGE_PX && Math.min(v, 1 - v) * perV >= EDGE_PX
}

function isApart(found: Keypoints, row: number, kept: number[], spacing2: number): boolean {
  for (const other of kept) {
    const dx = found.x[other] - found.x[row], dy = found.y[other] - found.y[row]
    if (dx * dx + dy * dy < spacing2) return false
  }
  return true
}
