import { createScalarFeatureKernel, createScalarMatchKernel } from './scalar.ts'
import { compileSimd, createSimdFeatureKernel, createSimdMatchKernel } from './simd.ts'

/** One level of an image, prepared for keypoints. The arrays are the kernel's own and valid until its next call. */
export interface LevelAnalysis {
  width: number
  height: number
  /** Binomially smoothed, 12 bits (grey × 16). */
  smooth: Uint16Array
  /** Determinant of the Hessian, meaningful from `margin − 1` pixels inside the edge. */
  responses: Int32Array
}

export interface FeatureKernel {
  analyse(data: Uint8Array, width: number, height: number, margin: number, out: LevelAnalysis): void
}

/** Rows of a table of descriptors by polarity: [0, ends[0]), [ends[0], ends[1]), [ends[1], ends[2]). */
export interface DescriptorTable {
  descriptors: Int32Array
  ends: readonly [number, number, number]
}

export interface MatchKernel {
  /** Hold these tables from now on, instead of any before. */
  setTables(tables: readonly DescriptorTable[]): void
  setQueries(descriptors: Int32Array, polarity: Uint8Array, count: number): void
  /**
   * For each query its nearest row of a table, of its own polarity, nearer than `limit` bits. Returns arrays valid until the next call:
   * row (−1: none) and distance (`limit`: none).
   */
  findNearest(table: number, limit: number): { row: Int32Array; distance: Uint8Array }
}

/** The kernels of one tracker or compiler; with SIMD where the engine has it, unless told not to. Both give the same bits. */
export interface Kernels {
  simd: boolean
  feature: FeatureKernel
  match: MatchKernel
}

export function createKernels(simd = true): Kernels {
  const module = simd ? compileSimd() : undefined
  return module
    ? { simd: true, feature: createSimdFeatureKernel(module), match: createSimdMatchKernel(module) }
    : { simd: false, feature: createScalarFeatureKernel(), match: createScalarMatchKernel() }
}
