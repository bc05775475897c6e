import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTarget } from '../src/index.ts'
import { compileMind, readMind, targetsFromMind } from '../src/mind.ts'
import { pack, Unpacker } from '../src/mind/msgpack.ts'
import type { Packable } from '../src/mind/msgpack.ts'
import { createTexture } from '../src/simulate.ts'
import type { TrackerError } from '../src/types.ts'

const photo = createTexture(450, 300, 21)

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as TrackerError).code
  }
  return 'none'
}

test('numbers, texts, lists, maps and bytes of every size survive packing', () => {
  const values = [0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, -1, 0.25, 1e300]
  const unpacker = new Unpacker(pack(values))
  assert.equal(unpacker.list(), values.length)
  assert.deepEqual(values.map(() => unpacker.number()), values)
  for (const size of [0, 31, 32, 255, 256, 70_000]) {
    assert.equal(new Unpacker(pack('ä'.repeat(size))).text(), 'ä'.repeat(size))
    assert.deepEqual(new Unpacker(pack(new Uint8Array(size).fill(7))).binary(), new Uint8Array(size).fill(7))
    assert.equal(new Unpacker(pack(new Array(size).fill(null))).list(), size)
  }
})

test('packed bytes are those of the MessagePack specification', () => {
  const bytes = pack({ v: 2, list: [true, false, null, 300, -0.5], text: 'ab' } as Packable)
  assert.equal(Buffer.from(bytes).toString('hex'), '83a17602a46c69737495c3c2c0cd012ccbbfe0000000000000a474657874a26162')
})

test('a value is stepped over whatever it is, and what follows is read', () => {
  const inner: Packable = { a: [1, 'two', { b: null, c: new Uint8Array(300) }], d: -1.5, e: 'x'.repeat(400), f: new Array(20).fill(70_000) }
  const unpacker = new Unpacker(pack([inner, 42]))
  unpacker.list()
  unpacker.skip()
  assert.equal(unpacker.number(), 42)
})

test('a .mind file of ours is read back with size and picture, and becomes a target', () => {
  const file = compileMind([photo, createTexture(200, 260, 5)])
  const images = readMind(file)
  assert.deepEqual(images.map(({ width, height }) => [width, height]), [[450, 300], [200, 260]])
  assert.deepEqual([images[0].image.width, images[0].image.height], [384, 256])
  assert.deepEqual([images[1].image.width, images[1].image.height], [128, 166], 'enlarged levels are passed over')
  const targets = targetsFromMind(file).map(readTarget)
  assert.equal(targets.length, 2)
  assert.ok(targets.every(target => target.keypointCount > 100))
})

test('the same photo gives the same .mind bytes', () => {
  assert.ok(Buffer.from(compileMind([photo])).equals(compileMind([photo])))
})

test('a photo that is too small or no image is refused', () => {
  assert.equal(codeOf(() => compileMind([createTexture(300, 90, 1)])), 'too-small')
  assert.equal(codeOf(() => compileMind([{ data: new Uint8Array(5), width: 200, height: 200 }])), 'bad-image')
})

test('what is no .mind file, newer, cut off or lying is told apart', () => {
  const file = compileMind([photo])
  assert.equal(codeOf(() => readMind(new Uint8Array(0))), 'not-a-target')
  assert.equal(codeOf(() => readMind(new TextEncoder().encode('<html>'))), 'not-a-target')
  assert.equal(codeOf(() => readMind(pack({ something: 1 }))), 'not-a-target')
  assert.equal(codeOf(() => readMind(pack({ v: 3, dataList: [] }))), 'newer-version')
  assert.equal(codeOf(() => readMind(pack({ v: 1, dataList: [] }))), 'damaged')
  for (const length of [3, 20, 1_000, file.length - 1]) assert.equal(codeOf(() => readMind(file.slice(0, length))), 'damaged')
  const level = { data: new Uint8Array(10), width: 100, height: 100, scale: 1, points: [] }
  assert.equal(codeOf(() => readMind(pack({ v: 2, dataList: [{ targetImage: { width: 100, height: 100 }, trackingData: [level] }] }))), 'damaged')
})

test('a count of four thousand million entries costs nothing', () => {
  const lies = Uint8Array.of(0x81, 0xa1, 0x78, 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0)
  const before = process.memoryUsage().heapUsed
  assert.equal(codeOf(() => readMind(lies)), 'damaged')
  assert.ok(process.memoryUsage().heapUsed - before < 10_000_000)
})
