import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { buildAlbumIndex, compile, createAlbumTracker, readAlbumIndex, readTarget, TrackerError } from '../src/index.ts'
import type { AlbumTracker, GrayImage, Target } from '../src/index.ts'
import { createRandom, poseFromCamera, renderFrame } from '../src/simulate.ts'
import { crc32 } from '../src/target/format.ts'
import { cornerError, PHOTOS, readSample } from './samples.ts'

const FRAME = { width: 640, height: 480 }
const DAMAGED_FILES = 2000
let photos: GrayImage[]
let targets: Target[]
let file: Uint8Array

before(async () => {
  photos = await Promise.all(PHOTOS.map(readSample))
  targets = photos.map(photo => readTarget(compile(photo)))
  file = buildAlbumIndex(targets.map((target, number) => ({ id: idOf(number), target })))
})

function idOf(number: number): string {
  return number.toString(16).padStart(32, '0')
}

function frameOf(photo: GrayImage, { widthFraction = 0.45, tilt = 20, seed = 1 } = {}) {
  const pose = poseFromCamera({
    fovDegrees: 50, frameWidth: FRAME.width, frameHeight: FRAME.height, photoAspect: photo.width / photo.height,
    tilt, tiltDirection: 30, roll: 8, widthFraction, centreX: 0.5, centreY: 0.5,
  })
  return { pose, frame: renderFrame(photo, { ...FRAME, pose, defocus: 0.6, noise: 2, seed }) }
}

/** An album whose targets come as soon as they are wanted; `wanted` lists them. */
function openAlbum(of: Target[], bytes: Uint8Array, options: { loadedMax?: number } = {}): { album: AlbumTracker, wanted: number[] } {
  const wanted: number[] = []
  const album: AlbumTracker = createAlbumTracker({
    ...options, index: readAlbumIndex(bytes),
    onWant: photo => {
      wanted.push(photo)
      album.load(photo, of[photo])
    },
  })
  return { album, wanted }
}

test('an album finds each of its photos, with few targets loaded, and goes from one to the other', () => {
  const { album, wanted } = openAlbum(targets, file)
  let time = 0
  for (const order of [[0, 1, 2, 3, 4, 5], [5, 0, 3]]) {
    for (const number of order) {
      const { frame, pose } = frameOf(photos[number], { seed: time })
      const seen = [0, 1, 2].map(() => ({ ...album.track(frame, time += 600) })).find(({ state }) => state === 'tracking')
      assert.equal(seen?.target, number, PHOTOS[number])
      assert.ok(cornerError(seen.pose!, pose) < 2, `${PHOTOS[number]}: ${cornerError(seen.pose!, pose)} px`)
    }
  }
  assert.equal(new Set(wanted).size, wanted.length, 'a loaded target was asked for again')
})

test('a photo that was lost is held for half a second, then another may come', () => {
  const { album } = openAlbum(targets, file)
  for (let i = 0; i < 3; i++) album.track(frameOf(photos[0]).frame, i * 600)
  const empty = renderFrame(photos[0], { ...FRAME, pose: null, noise: 2 })
  assert.deepEqual([album.track(empty, 1400)].map(({ state, target }) => [state, target]), [['held', 0]])
  assert.equal(album.track(empty, 1800).state, 'searching')
  const { frame } = frameOf(photos[2])
  const states = [2400, 3000, 3600].map(time => album.track(frame, time)).map(({ state, target }) => `${state} ${target}`)
  assert.equal(states.at(-1), 'tracking 2')
})

test('without its target a photo is not shown; skipped, it is asked for again later', () => {
  const wanted: number[] = []
  const album = createAlbumTracker({ index: readAlbumIndex(file), onWant: photo => wanted.push(photo) })
  const { frame } = frameOf(photos[1])
  for (let time = 0; time < 1000; time += 100) assert.equal(album.track(frame, time).state, 'searching')
  assert.ok(wanted.includes(1) && wanted.filter(photo => photo === 1).length === 1)
  for (const photo of wanted) album.skip(photo)
  album.track(frame, 2000)
  assert.equal(wanted.filter(photo => photo === 1).length, 1)
  // Not in every frame is each photo on the shortlist: every other search enlarges the frame.
  for (let time = 7000; time < 7300; time += 100) album.track(frame, time)
  assert.equal(wanted.filter(photo => photo === 1).length, 2)
  for (const photo of wanted.splice(0)) album.load(photo, targets[photo])
  assert.equal(album.track(frame, 7400).target, 1)
})

test('no more targets stay in memory than allowed, and never at the cost of the one that is shown', () => {
  const { album, wanted } = openAlbum(targets, file, { loadedMax: 5 })
  let time = 0
  for (let round = 0; round < 3; round++) {
    for (const photo of photos) for (let i = 0; i < 3; i++) album.track(frameOf(photo).frame, time += 1100)
  }
  assert.ok(wanted.length > targets.length, 'nothing had to be loaded again')
  assert.equal(album.track(frameOf(photos[5]).frame, time += 30).target, 5)
  for (const number of [0, 1, 2, 3, 4, 0, 1, 2]) album.load(number, targets[number])
  assert.deepEqual([album.track(frameOf(photos[5]).frame, time + 30)].map(({ state, target }) => [state, target]), [['tracking', 5]])
})

test('of two pictures of one burst never the wrong one is shown', () => {
  const burst = [0, 1].map(number => crop(photos[0], number * 6, number * 4, 500, 500))
  const changed = { ...burst[1], data: burst[1].data.map((grey, i) => (i % 500 > 150 && i % 500 < 330 && i > 500 * 120 && i < 500 * 300 ? 255 - grey : grey)) }
  const of = [...[burst[0], changed].map(photo => readTarget(compile(photo))), ...targets.slice(1)]
  const bytes = buildAlbumIndex(of.map((target, number) => ({ id: idOf(number), target })))
  const { album } = openAlbum(of, bytes)
  let shown = 0
  for (const [number, photo] of [burst[0], changed].entries()) {
    for (const tilt of [0, 25, 45]) {
      album.reset()
      for (let i = 0; i < 4; i++) {
        const { state, target } = album.track(frameOf(photo, { tilt, seed: i }).frame, 100_000 * number + 10_000 * tilt + i * 1100)
        if (state === 'searching') continue
        assert.equal(target, number, `tilted ${tilt}°`)
        shown++
      }
    }
  }
  assert.ok(shown > 0, 'neither was ever shown: this tests nothing')
})

test('nothing is found where none of the photos is', async () => {
  const { album } = openAlbum(targets, file)
  const backgrounds = await Promise.all(['gravel.png', 'grass.png', 'brick.png'].map(readSample))
  for (let seed = 0; seed < 12; seed++) {
    const frame = renderFrame(backgrounds[seed % 3], { ...FRAME, pose: null, background: { image: backgrounds[seed % 3] }, noise: 3, seed })
    assert.equal(album.track(frame, seed * 1100).state, 'searching', `frame ${seed}`)
  }
})

test('an index has the same bytes every time, and at most 2 KB for each photo', () => {
  assert.deepEqual(buildAlbumIndex(targets.map((target, number) => ({ id: idOf(number), target }))), file)
  assert.ok(file.length / targets.length < 2048, `${file.length / targets.length} bytes`)
  assert.deepEqual(readAlbumIndex(file).ids, targets.map((_, number) => idOf(number)))
  assert.deepEqual(readAlbumIndex(buildAlbumIndex([])).ids, [])
  const files = photos.map((photo, number) => ({ id: idOf(number), target: compile(photo) }))
  assert.deepEqual(buildAlbumIndex(files), file, 'from files')
  files[2].target = files[2].target.subarray(0, 900)
  assert.deepEqual(readAlbumIndex(buildAlbumIndex(files)).ids, [0, 1, 3, 4, 5].map(idOf), 'a damaged one is left out')
})

test('an index that is none, cut off, changed or of a newer version is refused, and says so', () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(100), compile(photos[0])]) assert.throws(() => readAlbumIndex(bytes), { name: 'TrackerError', code: 'not-an-index' })
  const newer = file.slice()
  newer[4] = 200
  assert.throws(() => readAlbumIndex(newer), { code: 'newer-version' })
  for (let length = 8; length < file.length; length += 397) assert.throws(() => readAlbumIndex(file.subarray(0, length)), { code: 'damaged' }, `cut at ${length}`)
  for (let at = 6; at < file.length; at += 409) {
    const changed = file.slice()
    changed[at] ^= 4
    assert.throws(() => readAlbumIndex(changed), { code: 'damaged' }, `byte ${at}`)
  }
})

test('an index with lying counts is refused or searched, whatever the damage', () => {
  const random = createRandom(5)
  const pick = (below: number): number => Math.floor(random.uniform() * below)
  const { frame } = frameOf(photos[1])
  let read = 0
  for (let i = 0; i < DAMAGED_FILES; i++) {
    const bytes = pick(5) === 0 ? file.slice(0, 24 + pick(file.length - 24)) : file.slice()
    for (let k = pick(6); k >= 0; k--) bytes[pick(2) === 0 ? 16 + pick(Math.min(bytes.length - 16, 170)) : 16 + pick(bytes.length - 16)] = pick(256)
    const view = new DataView(bytes.buffer)
    view.setUint32(12, bytes.length, true)
    view.setUint32(8, crc32(bytes, 12), true)
    try {
      const index = readAlbumIndex(bytes)
      if (read++ % 40 === 0) createAlbumTracker({ index, onWant: () => {} }).track(frame, 0)
    } catch (error) {
      assert.ok(error instanceof TrackerError && error.code === 'damaged', `file ${i}: ${String(error)}`)
    }
  }
  assert.ok(read > DAMAGED_FILES / 20 && read < DAMAGED_FILES * 0.95, `${read} could be read: the damage tests little`)
})

test('what does not belong into an index or an album is refused', () => {
  const target = targets[0]
  for (const id of ['', 'x'.repeat(32), 'A'.repeat(32), '0'.repeat(31)]) assert.throws(() => buildAlbumIndex([{ id, target }]), { code: 'bad-index' })
  assert.throws(() => buildAlbumIndex([{ id: idOf(1), target }, { id: idOf(1), target }]), { code: 'bad-index' })
  assert.throws(() => buildAlbumIndex([{ id: idOf(1), target: { width: 1, height: 1, keypointCount: 0 } }]), { code: 'not-a-target' })
  assert.throws(() => createAlbumTracker({ index: { ids: [] }, onWant: () => {} }), { code: 'not-an-index' })
  const { album } = openAlbum(targets, file)
  assert.throws(() => album.load(99, target), { code: 'bad-index' })
  assert.throws(() => album.load(3, targets[1]), { code: 'bad-index' })
})

function crop({ data, width }: GrayImage, left: number, top: number, w: number, h: number): GrayImage {
  const out = new Uint8Array(w * h)
  for (let y = 0; y < h; y++) out.set(data.subarray((top + y) * width + left, (top + y) * width + left + w), y * w)
  return { data: out, width: w, height: h }
}
