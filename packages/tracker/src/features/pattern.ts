import { ANGLE_STEPS } from './keypoints.ts'

/**
 * Where a descriptor samples its patch: rings around the keypoint as in DAISY, BRISK and FREAK, wider smoothing further
 * out. Positions are rotated to each of 64 directions in a table made by addition and multiplication only, since
 * engines may differ in the last bit of sin and cos.
 */
const RINGS: readonly (readonly [radius: number, points: number, spread: number])[] = [
  [0, 1, 0], [2.4, 6, 0], [4.6, 10, 1], [7.2, 14, 1], [10.4, 18, 2],
]
const ORIENTATION_WEIGHTS = [1, 1, 1, 1, -0.2]
export const POINT_COUNT = RINGS.reduce((sum, ring) => sum + ring[1], 0)

/** cos and sin of 2π/64. */
const STEP_COS = 0.9951847266721969
const STEP_SIN = 0.0980171403295606

/** Unit vectors of the 64 directions: [cos₀, sin₀, cos₁, …]. */
export const DIRECTIONS = makeDirections()

function makeDirections(): Float64Array {
  const table = new Float64Array(ANGLE_STEPS * 2)
  let c = 1, s = 0
  // One octant by rotation, the rest by symmetry: no error adds up and opposite directions are exact opposites.
  for (let i = 0; i <= ANGLE_STEPS / 8; i++) {
    const quarter = ANGLE_STEPS / 4
    const places: [number, number, number][] = [[i, c, s], [quarter - i, s, c]]
    for (const [at, x, y] of places) {
      for (let turn = 0, px = x, py = y; turn < 4; turn++) {
        const index = (at + turn * quarter) % ANGLE_STEPS
        table[index * 2] = px
        table[index * 2 + 1] = py
        const next = -py
        py = px
        px = next
      }
    }
    const next = c * STEP_COS - s * STEP_SIN
    s = s * STEP_COS + c * STEP_SIN
    c = next
  }
  return table
}

/** cos and sin of any angle given in turns, from the half-angle polynomial: exact to 1e-9 and the same everywhere. */
function turnToVector(turns: number): [number, number] {
  const index = Math.floor(turns * ANGLE_STEPS)
  const rest = (turns * ANGLE_STEPS - index) * 0.09817477042468103
  const r2 = rest * rest
  const c = 1 - r2 / 2 + r2 * r2 / 24
  const s = rest * (1 - r2 / 6 + r2 * r2 / 120)
  const base = (index % ANGLE_STEPS) * 2
  return [DIRECTIONS[base] * c - DIRECTIONS[base + 1] * s, DIRECTIONS[base] * s + DIRECTIONS[base + 1] * c]
}

/** Sample positions in the unrotated patch, [x, y] pairs, and how far each spreads its four reads. */
export const POINTS = new Float64Array(POINT_COUNT * 2)
export const SPREADS = new Uint8Array(POINT_COUNT)
/** How much each point says about the patch's direction. */
export const WEIGHTS = new Float64Array(POINT_COUNT)
/** POINTS rotated by each direction and rounded: [direction][point][x, y]. */
export const ROTATED = new Int8Array(ANGLE_STEPS * POINT_COUNT * 2)

function fillPoints(): void {
  let point = 0
  RINGS.forEach(([radius, count, spread], ring) => {
    for (let i = 0; i < count; i++, point++) {
      const [c, s] = turnToVector((i + (ring & 1) * 0.5) / count)
      POINTS[point * 2] = radius * c
      POINTS[point * 2 + 1] = radius * s
      SPREADS[point] = spread
      WEIGHTS[point] = ORIENTATION_WEIGHTS[ring]
    }
  })
  for (let direction = 0; direction < ANGLE_STEPS; direction++) {
    const c = DIRECTIONS[direction * 2], s = DIRECTIONS[direction * 2 + 1]
    for (let i = 0; i < POINT_COUNT; i++) {
      const x = POINTS[i * 2], y = POINTS[i * 2 + 1]
      const to = (direction * POINT_COUNT + i) * 2
      ROTATED[to] = Math.floor(x * c - y * s + 0.5)
      ROTATED[to + 1] = Math.floor(x * s + y * c + 0.5)
    }
  }
}
fillPoints()

/** The 256 pairs of points that are compared: [first, second, …]. */
export const PAIRS = makePairs()

/** Pairs drawn by a fixed linear congruential sequence, each at most once, near pairs favoured. */
function makePairs(): Uint8Array {
  const pairs = new Uint8Array(512)
  const used = new Set<number>()
  let state = 12345
  const draw = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * n)
  }
  for (let count = 0; count < 256;) {
    const a = draw(POINT_COUNT), b = draw(POINT_COUNT)
    const key = Math.min(a, b) * POINT_COUNT + Math.max(a, b)
    const dx = POINTS[a * 2] - POINTS[b * 2], dy = POINTS[a * 2 + 1] - POINTS[b * 2 + 1]
    if (a === b || used.has(key) || dx * dx + dy * dy > 14 * 14) continue
    used.add(key)
    pairs[count * 2] = a
    pairs[count * 2 + 1] = b
    count++
  }
  return pairs
}
