/**
 * A seeded generator of uniform and normal numbers, the same in every engine: 32-bit integer arithmetic only
 * (sfc32, Chris Doty-Humphrey, PractRand).
 */
export interface Random {
  /** The next 32 bits, as an unsigned integer. */
  bits(): number
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Normal with mean 0 and deviation 1. */
  normal(): number
}

export function createRandom(seed: number): Random {
  let a = 0x9e3779b9, b = 0x243f6a88, c = seed | 0, counter = 1
  function bits(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // The first numbers of neighbouring seeds are alike; after a dozen rounds they are not.
  for (let round = 0; round < 12; round++) bits()
  const uniform = () => bits() / 4294967296
  return {
    bits,
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    normal: () => NORMALS[bits() >>> 20]
  }
}

/** 4,096 normal numbers of equal probability: one table look-up per noisy pixel instead of a logarithm and a cosine. */
const NORMALS = tabulateNormals(4096)

function tabulateNormals(count: number): Float32Array {
  const table = new Float32Array(count)
  for (let i = 0; i < count; i++) table[i] = normalQuantile((i + 0.5) / count)
  return table
}

/** The value below which a normal variable falls with probability p; absolute error under 4.5e-4 (Abramowitz & Stegun 26.2.23). */
function normalQuantile(p: number): number {
  const tail = Math.min(p, 1 - p)
  const t = Math.sqrt(-2 * Math.log(tail))
  const value = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
  return p < 0.5 ? -value : value
}
