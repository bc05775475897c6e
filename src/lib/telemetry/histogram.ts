/** Eight buckets per doubling: a quantile read from them is at most 9 % off. */
const perDoubling = 8
/** 2^-4 ms and less, up to 2^22 ms (70 minutes) and more. */
const lowestPower = -4
const highestPower = 22
const bucketCount = (highestPower - lowestPower) * perDoubling

/** Durations in milliseconds, counted by size. Recording costs some ten nanoseconds and never allocates. */
export interface Histogram {
  readonly counts: Float64Array
  count: number
  sumMs: number
}

/** Bucket → how many, of those that have any: small enough to be kept by the minute. */
export type SparseCounts = Record<number, number>

export function createHistogram(): Histogram {
  return { counts: new Float64Array(bucketCount), count: 0, sumMs: 0 }
}

export function record(histogram: Histogram, ms: number): void {
  const bucket = ((Math.log2(ms) - lowestPower) * perDoubling) | 0
  // Also what is no number, and zero, whose logarithm becomes 0 here.
  histogram.counts[bucket > 0 ? (bucket < bucketCount ? bucket : bucketCount - 1) : 0]++
  histogram.count++
  histogram.sumMs += ms
}

/** The upper bounds that are exported, in seconds: whole doublings, so that they fall on the edges of ours. */
export const exportedBounds: readonly number[] = Array.from({ length: 17 }, (_, index) => 2 ** (index - 1) / 1000)

/** How many took no longer than each of `exportedBounds`. */
export function countUpTo(histogram: Histogram): number[] {
  const cumulative: number[] = []
  let sum = 0
  let bucket = 0
  for (const bound of exportedBounds) {
    for (const end = (Math.log2(bound * 1000) - lowestPower) * perDoubling; bucket < end; bucket++) sum += histogram.counts[bucket]
    cumulative.push(sum)
  }
  return cumulative
}

/** What came in since `before`, a copy of the counts made earlier; and makes `before` the copy of now. */
export function takeSince(histogram: Histogram, before: Float64Array): SparseCounts {
  const taken: SparseCounts = {}
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const more = histogram.counts[bucket] - before[bucket]
    if (more > 0) taken[bucket] = more
  }
  before.set(histogram.counts)
  return taken
}

export function addCounts(into: SparseCounts, more: SparseCounts): void {
  for (const bucket in more) into[bucket] = (into[bucket] ?? 0) + more[bucket]
}

export function sumCounts(counts: SparseCounts): number {
  let sum = 0
  for (const bucket in counts) sum += counts[bucket]
  return sum
}

/** The duration that `share` (0–1) of all did not exceed, in milliseconds; undefined when there was none. */
export function findQuantile(counts: SparseCounts, share: number): number | undefined {
  const total = sumCounts(counts)
  if (total === 0) return undefined
  const wanted = Math.max(1, Math.ceil(total * share))
  let sum = 0
  for (const bucket of Object.keys(counts).map(Number).sort((a, b) => a - b)) {
    sum += counts[bucket]
    // The middle of the bucket, on the scale that it is even on.
    if (sum >= wanted) return 2 ** (lowestPower + (bucket + 0.5) / perDoubling)
  }
  return undefined
}
