import type { FeatureKernel, MatchKernel } from './kernels.ts'
import { WASM_BASE64 } from './wasm.generated.ts'

interface Exports {
  smooth(source: number, rows: number, out: number, width: number, height: number): void
  respond(smoothed: number, out: number, width: number, height: number, margin: number): void
  nearest(
    queries: number, polarity: number, count: number, table: number, end0: number, end1: number, end2: number, limit: number, outIndex: number,
    outDistance: number,
  ): void
}

/** The part of WebAssembly used here; not every configuration of TypeScript knows it. */
interface WasmMemory {
  buffer: ArrayBuffer
  grow(pages: number): number
}
interface WasmApi {
  Module: new (bytes: Uint8Array) => object
  Memory: new (descriptor: { initial: number }) => WasmMemory
  Instance: new (module: object, imports: object) => { exports: unknown }
}
const wasm = (globalThis as unknown as { WebAssembly?: WasmApi }).WebAssembly

const PAGE_BYTES = 65_536
/** Kernels read and write up to 16 bytes past what they were given. */
const GUARD_BYTES = 64
const DESCRIPTOR_BYTES = 32

let compiled: object | null | undefined

/** Undefined where the engine lacks WebAssembly or its SIMD, or a content policy forbids it. */
export function compileSimd(): object | undefined {
  if (compiled === undefined) {
    try {
      compiled = wasm === undefined ? null : new wasm.Module(Uint8Array.from(atob(WASM_BASE64), letter => letter.charCodeAt(0)))
    } catch {
      compiled = null
    }
  }
  return compiled ?? undefined
}

function instantiate(module: object): { memory: WasmMemory; run: Exports } {
  const memory = new wasm!.Memory({ initial: 1 })
  const instance = new wasm!.Instance(module, { env: { memory } })
  return { memory, run: instance.exports as unknown as Exports }
}

/** Returns whether the memory grew, i.e. whether views of it are stale. */
function reserve(memory: WasmMemory, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength
  if (missing <= 0) return false
  memory.grow(Math.ceil(missing / PAGE_BYTES))
  return true
}

const align = (bytes: number): number => (bytes + GUARD_BYTES + 15) & ~15

export function createSimdFeatureKernel(module: object): FeatureKernel {
  const { memory, run } = instantiate(module)
  let capacity = 0
  let rows = 0, smoothed = 0, responded = 0
  let source = new Uint8Array(0), smooth = new Uint16Array(0), responses = new Int32Array(0)
  const fit = (pixels: number): void => {
    if (pixels <= capacity) return
    capacity = pixels
    rows = align(GUARD_BYTES + pixels)
    smoothed = align(rows + 2 * pixels)
    responded = align(smoothed + 2 * pixels)
    reserve(memory, align(responded + 4 * pixels))
    source = new Uint8Array(memory.buffer, GUARD_BYTES, pixels)
    smooth = new Uint16Array(memory.buffer, smoothed, pixels)
    responses = new Int32Array(memory.buffer, responded, pixels)
  }
  return {
    analyse(data, width, height, margin, out) {
      const pixels = width * height
      fit(pixels)
      source.set(data.length === pixels ? data : data.subarray(0, pixels))
      run.smooth(GUARD_BYTES, rows, smoothed, width, height)
      run.respond(smoothed, responded, width, height, margin)
      out.width = width
      out.height = height
      out.smooth = smooth
      out.responses = responses
    },
  }
}

export function createSimdMatchKernel(module: object): MatchKernel {
  const { memory, run } = instantiate(module)
  let tables: { at: number; ends: readonly [number, number, number] }[] = []
  let tablesEnd = GUARD_BYTES
  let polarityAt = 0, rowAt = 0, distanceAt = 0, queryCount = 0, capacity = 0
  const found = { row: new Int32Array(0), distance: new Uint8Array(0) }
  const layOut = (): void => {
    polarityAt = align(tablesEnd + capacity * DESCRIPTOR_BYTES)
    rowAt = align(polarityAt + capacity)
    distanceAt = align(rowAt + 4 * capacity)
    reserve(memory, align(distanceAt + capacity))
    found.row = new Int32Array(memory.buffer, rowAt, capacity)
    found.distance = new Uint8Array(memory.buffer, distanceAt, capacity)
  }
  return {
    setTables(given) {
      let at = GUARD_BYTES
      tables = given.map(({ descriptors, ends }) => {
        const table = { at, ends }
        at += descriptors.length * 4
        return table
      })
      tablesEnd = at
      reserve(memory, at)
      const all = new Int32Array(memory.buffer)
      given.forEach(({ descriptors }, i) => all.set(descriptors, tables[i].at / 4))
      layOut()
    },
    setQueries(descriptors, polarity, count) {
      if (count > capacity) {
        capacity = polarity.length
        layOut()
      }
      queryCount = count
      new Int32Array(memory.buffer, tablesEnd, count * 8).set(descriptors.subarray(0, count * 8))
      new Uint8Array(memory.buffer, polarityAt, count).set(polarity.subarray(0, count))
    },
    findNearest(table, limit) {
      const { at, ends } = tables[table]
      run.nearest(tablesEnd, polarityAt, queryCount, at, ends[0], ends[1], ends[2], limit, rowAt, distanceAt)
      return found
    },
  }
}
