import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import sharp from 'sharp'
import { samples } from '../../test/factories.ts'
import { createLocalStorage } from '../lib/storage/local.ts'
import type { Storage } from '../lib/storage/storage.ts'
import { compileTarget, decodeGray, findLookAlikes } from './media.ts'
import type { OtherTarget } from './media.ts'

let folder: string
let storage: Storage
const others: OtherTarget[] = []

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-alikes-'))
  storage = await createLocalStorage(path.join(folder, 'storage'))
  for (const name of ['astronaut.png', 'chelsea.png', 'rocket.jpg', 'grass.png', 'page.png']) await keepTarget(name, path.join(samples, name))
  // One burst: the same scene, and each time somebody stands elsewhere in it.
  for (const step of [0, 1, 2, 3]) await keepTarget(`coffee ${step}`, await cover('coffee.png', step))
})
after(async () => await rm(folder, { recursive: true, force: true }))

async function keepTarget(id: string, photo: string): Promise<void> {
  const key = `${String(others.length).padStart(64, '0')}/target.arv`
  const file = path.join(storage.incoming, String(others.length))
  await writeFile(file, await compileTarget(photo))
  await storage.adopt(file, key)
  others.push({ id, key })
}

/** Hides a sixth of the photo, each time another one. */
async function cover(name: string, step: number): Promise<string> {
  const { width, height } = await sharp(path.join(samples, name)).metadata()
  const size = { width: Math.round(width * 0.34), height: Math.round(height * 0.5) }
  const input = await sharp(path.join(samples, 'gravel.png')).extract({ left: step * 60, top: step * 50, ...size }).toBuffer()
  const file = path.join(folder, `${step}-${name}`)
  await sharp(path.join(samples, name))
    .composite([{ input, left: Math.round(width * (0.05 + 0.12 * step)), top: Math.round(height * (0.05 + 0.1 * step)) }])
    .toFile(file)
  return file
}

test('every picture of a burst is named, and nothing else', async () => {
  const progress: number[] = []
  const photo = await decodeGray(path.join(samples, 'coffee.png'), { maxSide: 1280 })
  const { found, isComplete } = await findLookAlikes(storage, photo, others, { onProgress: (fraction) => progress.push(fraction) })
  assert.deepEqual(found.map(({ id }) => id).sort(), ['coffee 0', 'coffee 1', 'coffee 2', 'coffee 3'])
  assert.ok(found.every(({ similarity }) => similarity > 0.5 && similarity <= 1))
  assert.deepEqual(progress, [...progress].sort((one, other) => one - other))
  assert.equal(isComplete, true)
})

test('a picture of its own is like no other', async () => {
  const photo = await decodeGray(path.join(samples, 'hubble_deep_field.jpg'), { maxSide: 1280 })
  assert.deepEqual((await findLookAlikes(storage, photo, others)).found, [])
  assert.deepEqual((await findLookAlikes(storage, photo, [])).found, [])
})

test('a target that is gone or damaged is passed over; when the time is over, what was found is said to be not all', async () => {
  const damaged = path.join(storage.incoming, 'damaged')
  await writeFile(damaged, 'no target')
  await storage.adopt(damaged, `${'e'.repeat(64)}/target.arv`)
  const photo = await decodeGray(path.join(samples, 'chelsea.png'), { maxSide: 1280 })
  const broken = [{ id: 'gone', key: `${'f'.repeat(64)}/target.arv` }, { id: 'damaged', key: `${'e'.repeat(64)}/target.arv` }, ...others]
  assert.deepEqual((await findLookAlikes(storage, photo, broken)).found.map(({ id }) => id), ['chelsea.png'])
  assert.deepEqual(await findLookAlikes(storage, photo, broken, { lookMs: -1 }), { found: [], isComplete: false })
  await assert.rejects(findLookAlikes(storage, photo, others, { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
})
