import type { DescriptorTable, FeatureKernel, LevelAnalysis, MatchKernel } from './kernels.ts'

const WORDS = 8

export function createScalarFeatureKernel(): FeatureKernel {
  let rows = new Uint16Array(0)
  let smooth = new Uint16Array(0)
  let responses = new Int32Array(0)
  return {
    analyse(data, width, height, margin, out: LevelAnalysis) {
      if (rows.length < width * height) {
        rows = new Uint16Array(width * height)
        smooth = new Uint16Array(width * height)
        responses = new Int32Array(width * height)
      }
      smoothRows(data, width, height, rows)
      smoothColumns(rows, width, height, smooth)
      respond(smooth, width, height, margin, responses)
      out.width = width
      out.height = height
      out.smooth = smooth
      out.responses = responses
    },
  }
}

/** Binomial smoothing [1 4 6 4 1] along both axes, edges repeated. */
function smoothRows(data: Uint8Array, width: number, height: number, rows: Uint16Array): void {
  for (let y = 0; y < height; y++) {
    const start = y * width
    const end = start + width
    for (let i = start + 2; i < end - 2; i++) rows[i] = data[i - 2] + data[i + 2] + 4 * (data[i - 1] + data[i + 1]) + 6 * data[i]
    for (let edge = 0; edge < 4; edge++) {
      const i = edge < 2 ? start + edge : end - 4 + edge
      const a = data[Math.max(start, i - 2)], b = data[Math.max(start, i - 1)]
      const d = data[Math.min(end - 1, i + 1)], e = data[Math.min(end - 1, i + 2)]
      rows[i] = a + e + 4 * (b + d) + 6 * data[i]
    }
  }
}

function smoothColumns(rows: Uint16Array, width: number, height: number, out: Uint16Array): void {
  for (let y = 0; y < height; y++) {
    const r0 = Math.max(0, y - 2) * width, r1 = Math.max(0, y - 1) * width, r2 = y * width
    const r3 = Math.min(height - 1, y + 1) * width, r4 = Math.min(height - 1, y + 2) * width
    for (let x = 0; x < width; x++) out[r2 + x] = (rows[r0 + x] + rows[r4 + x] + 4 * (rows[r1 + x] + rows[r3 + x]) + 6 * rows[r2 + x]) >> 4
  }
}

function respond(data: Uint16Array, width: number, height: number, margin: number, responses: Int32Array): void {
  const two = 2 * width
  for (let y = margin - 1; y <= height - margin; y++) {
    const row = y * width
    for (let at = row + margin - 1, end = row + width - margin; at <= end; at++) {
      const centre = 2 * data[at]
      const xx = data[at - 2] + data[at + 2] - centre
      const yy = data[at - two] + data[at + two] - centre
      const xy = (data[at - two - 2] + data[at + two + 2] - data[at - two + 2] - data[at + two - 2]) >> 2
      responses[at] = xx * yy - xy * xy
    }
  }
}

export function createScalarMatchKernel(): MatchKernel {
  let held: readonly DescriptorTable[] = []
  let queries: Int32Array = new Int32Array(0), polarities: Uint8Array = new Uint8Array(0), queryCount = 0
  let row = new Int32Array(0), distance = new Uint8Array(0)
  return {
    setTables(tables) {
      held = tables
    },
    setQueries(descriptors, polarity, count) {
      queries = descriptors
      polarities = polarity
      queryCount = count
      if (row.length < count) {
        row = new Int32Array(count)
        distance = new Uint8Array(count)
      }
    },
    findNearest(table, limit) {
      const { descriptors, ends } = held[table]
      for (let i = 0; i < queryCount; i++) {
        const polarity = polarities[i]
        const packed = findNearest(queries, i * WORDS, descriptors, polarity === 0 ? 0 : ends[polarity - 1], ends[polarity], limit)
        row[i] = packed >> 9
        distance[i] = packed & 511
      }
      return { row, distance }
    },
  }
}

/** Row · 512 + distance: two small integers in one, so that nothing is allocated. */
function findNearest(query: Int32Array, q: number, all: Int32Array, from: number, to: number, limit: number): number {
  const q0 = query[q], q1 = query[q + 1], q2 = query[q + 2], q3 = query[q + 3]
  const q4 = query[q + 4], q5 = query[q + 5], q6 = query[q + 6], q7 = query[q + 7]
  let best = limit
  let bestAt = -1
  for (let i = from, k = from * WORDS; i < to; i++, k += WORDS) {
    let distance = countBits(q0 ^ all[k]) + countBits(q1 ^ all[k + 1]) + countBits(q2 ^ all[k + 2])
    if (distance >= best) continue
    distance += countBits(q3 ^ all[k + 3]) + countBits(q4 ^ all[k + 4]) + countBits(q5 ^ all[k + 5])
    if (distance >= best) continue
    distance += countBits(q6 ^ all[k + 6]) + countBits(q7 ^ all[k + 7])
    if (distance < best) {
      best = distance
      bestAt = i
    }
  }
  return bestAt * 512 + best
}

function countBits(v: number): number {
  v -= (v >>> 1) & 0x55555555
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
