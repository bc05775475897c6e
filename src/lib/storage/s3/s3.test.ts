import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { access, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { waitFor } from '../../../../test/factories.ts'
import { startStore } from '../../../../test/s3.ts'
import type { TestStore } from '../../../../test/s3.ts'
import { limits } from '../../../limits.ts'
import { createLog } from '../../log.ts'
import { checkStorage } from '../open.ts'
import { createS3Storage } from './s3.ts'

const log = createLog({ level: 'fatal', pretty: true })
type Opened = Awaited<ReturnType<typeof createS3Storage>>
let store: TestStore
let folder: string
const opened: Opened[] = []

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-s3-test-'))
  store = await startStore()
})
after(async () => {
  for (const storage of opened) await storage.close()
  await store.stop()
  await rm(folder, { recursive: true, force: true })
})

async function open(options: { name?: string; nearBytesMax?: number } = {}): Promise<Opened> {
  const storage = await createS3Storage({ ...store.settings, dir: path.join(folder, options.name ?? `machine-${opened.length}`), nearBytesMax: options.nearBytesMax ?? 64 << 20, log })
  opened.push(storage)
  return storage
}

/** A key with random bytes behind it. */
async function adopt(storage: Opened, size: number): Promise<{ key: string; bytes: Buffer }> {
  const bytes = randomBytes(size)
  const key = `${createHash('sha256').update(bytes).digest('hex')}/file.bin`
  const file = path.join(storage.incoming, 'new')
  await writeFile(file, bytes)
  await storage.adopt(file, key)
  await assert.rejects(access(file), 'it was moved')
  return { key, bytes }
}

test('what one machine stores, in one part or in several, every other reads, whole and in ranges', async () => {
  const [one, other] = [await open(), await open()]
  for (const size of [0, 1000, limits.s3PartBytes, limits.s3PartBytes + 1, 3 * limits.s3PartBytes - 5]) {
    const { key, bytes } = await adopt(one, size)
    assert.deepEqual(await other.find(key), { size })
    assert.ok((await buffer(other.read(key))).equals(bytes), `${size} bytes`)
    if (size === 0) continue
    for (const [start, end] of [[0, 0], [size - 1, size - 1], [size >> 1, size - 1], [1, Math.min(size - 1, 700_000)]]) {
      assert.ok((await buffer(other.read(key, { start, end }))).equals(bytes.subarray(start, end + 1)), `${start}–${end} of ${size}`)
    }
  }
})

test('what is there stays as it is, what is removed is gone for all, and no key leads out', async () => {
  const [one, other] = [await open(), await open()]
  const { key, bytes } = await adopt(one, 5000)
  const again = path.join(one.incoming, 'again')
  await writeFile(again, 'something else')
  await one.adopt(again, key)
  assert.ok((await buffer(other.read(key))).equals(bytes))
  await one.remove(key)
  await one.remove(key)
  assert.equal(await one.find(key), undefined)
  assert.equal(await (await open()).find(key), undefined)
  await assert.rejects(other.localPath(`${'0'.repeat(64)}/none`), { code: 'not_found' })
  for (const bad of ['', 'a', '../x/y', `${'ab'.repeat(32)}/../x`]) await assert.rejects(async () => await one.find(bad), { code: 'not_found' }, bad)
  const many = await adopt(one, 10)
  const hash = many.key.split('/')[0]
  const more = path.join(one.incoming, 'more')
  await writeFile(more, 'more')
  await one.adopt(more, `${hash}/more`)
  await one.removeAll(hash)
  assert.deepEqual([await one.find(many.key), await one.find(`${hash}/more`)], [undefined, undefined])
})

test('what is asked for often is copied near, survives a restart, and is served while the store is away', async () => {
  const { key, bytes } = await adopt(await open(), 300_000)
  const near = await open({ name: 'near' })
  assert.equal(await near.near.find(key), undefined)
  await buffer(near.read(key))
  await buffer(near.read(key))
  await waitFor('the copy', async () => await near.near.find(key), (found) => found !== undefined)
  const restarted = await open({ name: 'near' })
  await store.stop()
  try {
    assert.deepEqual(await restarted.find(key), { size: bytes.length })
    assert.ok((await buffer(restarted.read(key, { start: 10, end: 99 }))).equals(bytes.subarray(10, 100)))
    const file = path.join(restarted.incoming, 'never')
    await writeFile(file, 'never acknowledged')
    await assert.rejects(restarted.adopt(file, `${'c'.repeat(64)}/new`), { code: 'storage_unavailable', status: 503 })
  } finally {
    await store.start()
  }
})

test('a copy that was damaged is not served, but fetched anew', async () => {
  const { key, bytes } = await adopt(await open({ name: 'damaged' }), 200_000)
  const copy = path.join(folder, 'damaged/near', key.slice(0, 2), key)
  await writeFile(copy, randomBytes(200_000))
  const restarted = await open({ name: 'damaged' })
  const file = await restarted.localPath(key)
  assert.ok((await readFile(file)).equals(bytes))
  assert.equal(restarted.near.size().damaged, 1)
})

test('copies stay within their bytes: the least recently used goes, what a job works on stays', async () => {
  const storage = await open({ name: 'bounded', nearBytesMax: 1_000_000 })
  const files = []
  for (let index = 0; index < 3; index++) files.push(await adopt(storage, 250_000))
  const place = (key: string) => path.join(folder, 'bounded/near', key.slice(0, 2), key)
  for (const [index, { key }] of files.entries()) await utimes(place(key), 1000 + index, 1000 + index)
  await storage.localPath(files[0].key)
  files.push(await adopt(storage, 250_000), await adopt(storage, 250_000))
  const left = await Promise.all(files.map(async ({ key }) => await stat(place(key)).then(() => true, () => false)))
  assert.deepEqual(left, [true, false, false, true, true])
  const names = await readdir(path.join(folder, 'bounded/near'), { recursive: true, withFileTypes: true })
  const bytes = await Promise.all(names.filter((entry) => entry.isFile()).map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size))
  assert.ok(bytes.reduce((sum, size) => sum + size, 0) < 1_001_000)
  assert.ok((await buffer(storage.read(files[1].key))).equals(files[1].bytes), 'the store still has it')
})

test('a stream that breaks off goes on where it was; an upload in parts that fails leaves nothing half-done', async () => {
  const { key, bytes } = await adopt(await open(), 700_001)
  const other = await open({ nearBytesMax: 0 })
  store.breakOff(2)
  assert.ok((await buffer(other.read(key))).equals(bytes))
  store.breakOff(1)
  assert.ok((await buffer(other.read(key, { start: 1000, end: 600_000 }))).equals(bytes.subarray(1000, 600_001)))
  const one = await open()
  const file = path.join(one.incoming, 'large')
  await writeFile(file, randomBytes(2 * limits.s3PartBytes))
  const put = one.client.put(`${'e'.repeat(64)}/large`, file, { size: 3 * limits.s3PartBytes, sha256: 'e' })
  await assert.rejects(put, /became shorter/)
  assert.equal(store.openUploads(), 0)
})

test('a reader that stops holds the store back instead of filling memory', async () => {
  const { key } = await adopt(await open(), 40 << 20)
  const far = await open({ nearBytesMax: 0 })
  const before = process.memoryUsage().arrayBuffers
  const readers = Array.from({ length: 6 }, () => far.read(key))
  for (const reader of readers) await new Promise<void>((resolve) => reader.once('readable', () => resolve(void reader.read(1))))
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.ok(process.memoryUsage().arrayBuffers - before < 60 << 20)
  for (const reader of readers) reader.destroy()
})

test('a try says what is wrong in words', async () => {
  const trial = async (change: Partial<TestStore['settings']>) => {
    const storage = await createS3Storage({ ...store.settings, ...change, dir: path.join(folder, 'trial'), nearBytesMax: 0, log })
    opened.push(storage)
    return await checkStorage(storage)
  }
  assert.equal(await trial({}), undefined)
  assert.match((await trial({ bucket: 'no-such-bucket' })) ?? '', /S3_BUCKET/)
  assert.match((await trial({ accessKeyId: 'WRONG' })) ?? '', /S3_ACCESS_KEY_ID/)
  assert.match((await trial({ secretAccessKey: 'WRONG' })) ?? '', /S3_SECRET_ACCESS_KEY/)
  assert.match((await trial({ region: 'elsewhere' })) ?? '', /S3_REGION/)
  assert.match((await trial({ endpoint: 'http://127.0.0.1:1' })) ?? '', /nothing listens there/)
})
