import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileKernels } from '../kernels/build.ts'
import { compile, createTracker, readTarget } from '../src/index.ts'
import { createKernels } from '../src/kernels/kernels.ts'
import type { LevelAnalysis } from '../src/kernels/kernels.ts'
import { WASM_BASE64 } from '../src/kernels/wasm.generated.ts'
import { createRandom, poseFromCamera, renderFrame } from '../src/simulate.ts'
import { PHOTOS, readSample } from './samples.ts'

const random = createRandom(5)
const byte = (): number => Math.floor(random.between(0, 256))

test('this engine runs the SIMD kernels', () => {
  assert.equal(createKernels().simd, true)
  assert.equal(createKernels(false).simd, false)
})

test('the committed WebAssembly is what its source compiles to', () => {
  assert.ok(compileKernels().includes(`'${WASM_BASE64}'`), 'run: npx node packages/tracker/kernels/build.ts')
})

test('SIMD and scalar kernels analyse a level alike, whatever its width', () => {
  const margin = 14
  for (const [width, height] of [[29, 40], [64, 33], [71, 50], [130, 47]]) {
    const data = Uint8Array.from({ length: width * height }, byte)
    const [simd, scalar] = [true, false].map(wanted => {
      const level: LevelAnalysis = { width: 0, height: 0, smooth: new Uint16Array(0), responses: new Int32Array(0) }
      createKernels(wanted).feature.analyse(data, width, height, margin, level)
      return level
    })
    assert.deepEqual(simd.smooth.slice(0, width * height), scalar.smooth.slice(0, width * height), `smooth ${width}×${height}`)
    for (let y = margin - 1; y <= height - margin; y++) {
      const from = y * width + margin - 1, to = (y + 1) * width - margin + 1
      assert.deepEqual(simd.responses.slice(from, to), scalar.responses.slice(from, to), `responses ${width}×${height}, row ${y}`)
    }
  }
})

test('SIMD and scalar kernels find the same nearest descriptors', () => {
  const tables = [90, 40].map(rows => ({
    descriptors: Int32Array.from({ length: rows * 8 }, () => random.bits() | 0), ends: [rows / 2, rows / 2 + 9, rows] as [number, number, number],
  }))
  const queries = Int32Array.from({ length: 64 * 8 }, () => random.bits() | 0)
  const polarity = Uint8Array.from({ length: 64 }, (_, i) => i % 3)
  const [simd, scalar] = [true, false].map(wanted => {
    const kernel = createKernels(wanted).match
    kernel.setTables(tables)
    kernel.setQueries(queries, polarity, 64)
    return tables.map((_, table) => {
      const { row, distance } = kernel.findNearest(table, 118)
      return { row: Array.from(row.slice(0, 64)), distance: Array.from(distance.slice(0, 64)) }
    })
  })
  assert.deepEqual(simd, scalar)
  assert.ok(simd[0].row.some(row => row >= 0) && simd[0].row.some(row => row < 0), 'the limit should divide them')
})

test('compile gives the same bytes with and without SIMD', async () => {
  for (const name of PHOTOS) {
    const photo = await readSample(name)
    assert.deepEqual(compile(photo, { simd: false }), compile(photo), name)
  }
})

test('tracking gives the same poses with and without SIMD', async () => {
  const photo = await readSample('chelsea.png')
  const target = readTarget(compile(photo))
  const trackers = [true, false].map(simd => createTracker({ targets: [target], simd }))
  for (let i = 0; i < 4; i++) {
    const pose = poseFromCamera({
      fovDegrees: 50, frameWidth: 640, frameHeight: 480, photoAspect: 1.5, tilt: 30 + i, tiltDirection: 40, roll: i, widthFraction: 0.4, centreX: 0.5, centreY: 0.5,
    })
    const frame = renderFrame(photo, { width: 640, height: 480, pose, noise: 2, seed: i })
    const [simd, scalar] = trackers.map(tracker => tracker.track(frame, i * 33))
    assert.equal(simd.state, 'tracking')
    assert.deepEqual(simd, scalar)
  }
})
