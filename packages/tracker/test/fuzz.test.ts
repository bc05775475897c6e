import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, createTracker, readTarget, TrackerError } from '../src/index.ts'
import { createRandom } from '../src/simulate.ts'
import { crc32 } from '../src/target/format.ts'
import { readSample } from './samples.ts'

/** TARGET_FUZZ_FILES asks for more; the benchmark damages 100,000. */
const FILES = Number(process.env.TARGET_FUZZ_FILES ?? 600)
const FILE_MS_MAX = 1000

/** A few bytes changed, a piece cut out or doubled; half of them with a checksum that fits again. */
function damage(file: Uint8Array, random: ReturnType<typeof createRandom>): Uint8Array {
  let bytes = file.slice()
  const pick = (below: number): number => Math.floor(random.uniform() * below)
  const kind = pick(4)
  if (kind === 0) bytes = bytes.slice(0, pick(bytes.length))
  else if (kind === 1) bytes = Uint8Array.from([...bytes.subarray(0, pick(bytes.length)), ...bytes.subarray(pick(bytes.length))])
  const header = random.uniform() < 0.5
  for (let i = pick(8); i >= 0 && bytes.length > 0; i--) bytes[4 + pick(header ? 40 : bytes.length - 4)] = pick(256)
  if (random.uniform() < 0.7 && bytes.length >= 40) {
    const view = new DataView(bytes.buffer)
    bytes.set([65, 82, 86, 84, file[4], file[5]])
    if (random.uniform() < 0.7) view.setUint32(12, bytes.length, true)
    view.setUint32(8, crc32(bytes, 12), true)
  }
  return bytes
}

test('a damaged target is refused or tracked with, whatever the damage', async () => {
  const file = compile(await readSample('page.png'))
  const random = createRandom(11)
  const frame = await readSample('gravel.png')
  let read = 0
  for (let i = 0; i < FILES; i++) {
    const bytes = damage(file, random)
    const start = performance.now()
    try {
      const target = readTarget(bytes)
      if (read++ % 8 === 0) createTracker({ targets: [target] }).track(frame, 0)
    } catch (error) {
      assert.ok(error instanceof TrackerError, `file ${i}: ${String(error)}`)
    }
    assert.ok(performance.now() - start < FILE_MS_MAX, `file ${i} took too long`)
  }
  assert.ok(read > FILES / 50 && read < FILES * 0.8, `${read} of ${FILES} files could be read: the damage tests little`)
})
