import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, createTracker, readTarget } from '../src/index.ts'
import type { GrayImage, Homography } from '../src/index.ts'
import { poseFromCamera, renderFrame } from '../src/simulate.ts'
import { cornerError, PHOTOS, readSample } from './samples.ts'

const WIDTH = 640
const HEIGHT = 480

function poseOf(photo: GrayImage, widthFraction: number, tilt: number, centreX = 0.5, roll = 10): Homography {
  return poseFromCamera({
    fovDegrees: 50, frameWidth: WIDTH, frameHeight: HEIGHT, photoAspect: photo.width / photo.height,
    tilt, tiltDirection: 30, roll, widthFraction, centreX, centreY: 0.5,
  })
}

function frameOf(photo: GrayImage, pose: Homography | null, seed = 1): GrayImage {
  return renderFrame(photo, { width: WIDTH, height: HEIGHT, pose, defocus: 0.6, noise: 2, seed })
}

test('the tracker locks on every ordinary photo at once, within a pixel', async () => {
  const errors: number[] = []
  for (const name of PHOTOS) {
    const photo = await readSample(name)
    const tracker = createTracker({ targets: [readTarget(compile(photo))] })
    for (const width of [0.35, 0.6]) {
      for (const tilt of [0, 30, 45]) {
        tracker.reset()
        const pose = poseOf(photo, width, tilt)
        const result = tracker.track(frameOf(photo, pose), 0)
        assert.equal(result.state, 'tracking', `${name} at ${width}, tilted ${tilt}°`)
        errors.push(cornerError(result.pose!, pose))
      }
    }
  }
  errors.sort((a, b) => a - b)
  assert.ok(errors[errors.length >> 1] < 0.25, `median corner error ${errors[errors.length >> 1]} px`)
  assert.ok(errors.at(-1)! < 2, `largest corner error ${errors.at(-1)} px`)
})

test('the tracker follows a moving photo, holds it when hidden, then lets go', async () => {
  const photo = await readSample('astronaut.png')
  const tracker = createTracker({ targets: [readTarget(compile(photo))], holdMs: 200 })
  let pose = poseOf(photo, 0.4, 20)
  for (let i = 0; i < 8; i++) {
    pose = poseOf(photo, 0.4, 20 + i, 0.4 + i * 0.02, 5 * i)
    const result = tracker.track(frameOf(photo, pose, i), i * 33)
    assert.equal(result.state, 'tracking')
    assert.ok(cornerError(result.pose!, pose) < 1, `frame ${i}: ${cornerError(result.pose!, pose)} px`)
  }
  const empty = frameOf(photo, null)
  const held = tracker.track(empty, 8 * 33)
  assert.equal(held.state, 'held')
  assert.ok(cornerError(held.pose!, pose) < 1)
  const gone = tracker.track(empty, 8 * 33 + 400)
  assert.deepEqual({ ...gone }, { state: 'searching', target: -1, pose: null, confidence: 0 })
})

test('the tracker says which of several targets it sees', async () => {
  const photos = await Promise.all(PHOTOS.map(readSample))
  const tracker = createTracker({ targets: photos.map(photo => readTarget(compile(photo))) })
  photos.forEach((photo, index) => {
    tracker.reset()
    assert.equal(tracker.track(frameOf(photo, poseOf(photo, 0.4, 30)), 0).target, index)
  })
})

test('the tracker finds nothing where there is nothing', async () => {
  const targets = (await Promise.all([...PHOTOS, 'clock_motion.png'].map(readSample))).map(photo => readTarget(compile(photo)))
  const tracker = createTracker({ targets })
  const backgrounds = await Promise.all(['gravel.png', 'grass.png', 'brick.png'].map(readSample))
  for (let seed = 0; seed < 12; seed++) {
    const image = backgrounds[seed % 3]
    const frame = renderFrame(image, { width: WIDTH, height: HEIGHT, pose: null, background: seed < 6 ? undefined : { image }, noise: 3, seed })
    assert.equal(tracker.track(frame, seed * 33).state, 'searching', `frame ${seed}`)
  }
})

test('the tracker takes frames whose size changes, as when a phone is turned', async () => {
  const photo = await readSample('coffee.png')
  const tracker = createTracker({ targets: [readTarget(compile(photo))] })
  for (const [width, height] of [[640, 480], [480, 640], [1280, 720], [1920, 1080], [320, 240]]) {
    const pose = poseFromCamera({
      fovDegrees: 50, frameWidth: width, frameHeight: height, photoAspect: photo.width / photo.height,
      tilt: 20, tiltDirection: 0, roll: 0, widthFraction: 0.5, centreX: 0.5, centreY: 0.5,
    })
    const result = tracker.track(renderFrame(photo, { width, height, pose, noise: 2 }), 0)
    assert.equal(result.state, 'tracking', `${width}×${height}`)
    assert.ok(cornerError(result.pose!, pose) < 1, `${width}×${height}: ${cornerError(result.pose!, pose)} px`)
  }
})

test('the tracker refuses a frame that is not an image', async () => {
  const tracker = createTracker({ targets: [] })
  assert.throws(() => tracker.track({ data: new Uint8Array(0), width: 0, height: 0 }, 0), { code: 'bad-image' })
  assert.throws(() => tracker.track({ data: new Uint8Array(99), width: 640, height: 480 }, 0), { code: 'bad-image' })
  assert.throws(() => tracker.track({ data: new Uint8Array(640 * 480), width: NaN, height: 480 }, 0), { code: 'bad-image' })
  assert.equal(tracker.track({ data: new Uint8Array(640 * 480), width: 640, height: 480 }, 0).state, 'searching')
})
