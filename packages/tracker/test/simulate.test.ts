import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cornersOf, createRandom, createTexture, poseFromCamera, poseInFrame, renderFrame, viewFromCamera } from '../src/simulate.ts'
import type { CameraView, Scene } from '../src/simulate.ts'
import type { GrayImage } from '../src/types.ts'

const facing: CameraView = {
  fovDegrees: 45, frameWidth: 640, frameHeight: 480, photoAspect: 1.5, tilt: 0, tiltDirection: 0, roll: 0,
  widthFraction: 0.5, centreX: 0.5, centreY: 0.5
}

/** A photo whose left half is black and right half white: its edge shows where the photo is, to a fraction of a pixel. */
function splitPhoto(width: number, height: number): GrayImage {
  const data = Uint8Array.from({ length: width * height }, (_, i) => i % width < width / 2 ? 0 : 255)
  return { data, width, height }
}

function flatGrey(grey: number): GrayImage {
  return { data: Uint8Array.of(grey), width: 1, height: 1 }
}

function mean(frame: GrayImage): number {
  return frame.data.reduce((sum, value) => sum + value, 0) / frame.data.length
}

const plain: Scene = { width: 640, height: 480, pose: null, background: { image: flatGrey(128) } }

test('a photo facing the camera has the asked width, centre and aspect', () => {
  const corners = cornersOf(poseFromCamera(facing))
  const expected = [[160, 240 - 320 / 3], [480, 240 - 320 / 3], [480, 240 + 320 / 3], [160, 240 + 320 / 3]]
  corners.flat().forEach((value, i) => assert.ok(Math.abs(value - expected.flat()[i]) < 1e-9, `${corners}`))
})

test('a photo tilted to the right looks smaller at its right side, one tilted down at its bottom', () => {
  const [topLeft, topRight, bottomRight, bottomLeft] = cornersOf(poseFromCamera({ ...facing, tilt: 50 }))
  assert.ok(bottomRight[1] - topRight[1] < (bottomLeft[1] - topLeft[1]) * 0.8)
  const down = cornersOf(poseFromCamera({ ...facing, tilt: 50, tiltDirection: 90 }))
  assert.ok(down[2][0] - down[3][0] < (down[1][0] - down[0][0]) * 0.8)
})

test('roll turns clockwise and a wider field of view exaggerates perspective', () => {
  const [topLeft, topRight] = cornersOf(poseFromCamera({ ...facing, roll: 30 }))
  assert.ok(topRight[1] > topLeft[1])
  const narrowing = (fovDegrees: number) => {
    const corners = cornersOf(poseFromCamera({ ...facing, tilt: 40, fovDegrees }))
    return (corners[2][1] - corners[1][1]) / (corners[3][1] - corners[0][1])
  }
  assert.ok(narrowing(75) < narrowing(30))
})

test('the middle of the photo is rendered exactly where the pose says, at every size of photo', () => {
  for (const size of [60, 301, 2400]) {
    for (const offset of [0, 0.25, 0.5, 0.8]) {
      const photo = splitPhoto(size * 2, size)
      const pose = Float64Array.of(300, 0, 100 + offset, 0, 150, 100, 0, 0, 1)
      const frame = renderFrame(photo, { ...plain, pose })
      const row = frame.data.subarray(175 * 640, 176 * 640)
      let white = 0
      for (let x = 150; x < 350; x++) white += row[x] / 255
      assert.ok(Math.abs(350 - white - (250 + offset)) < 0.02, `size ${size}, offset ${offset}: edge at ${350 - white}`)
    }
  }
})

test('fine stripes far away become grey instead of false patterns', () => {
  const photo: GrayImage = { data: Uint8Array.from({ length: 1600 * 1200 }, (_, i) => i % 2 * 255), width: 1600, height: 1200 }
  const pose = poseFromCamera({ ...facing, photoAspect: 4 / 3, tilt: 50, tiltDirection: 45 })
  const frame = renderFrame(photo, { ...plain, pose })
  const [x, y] = cornersOf(pose).reduce((sum, corner) => [sum[0] + corner[0] / 4, sum[1] + corner[1] / 4], [0, 0])
  for (let dy = -20; dy < 20; dy++) {
    for (let dx = -20; dx < 20; dx++) {
      const grey = frame.data[(Math.round(y) + dy) * 640 + Math.round(x) + dx]
      assert.ok(Math.abs(grey - 127.5) < 12, `grey ${grey} at ${dx}, ${dy}`)
    }
  }
})

test('a curled print keeps its corners and moves its middle', () => {
  const photo = createTexture(300, 200, 3)
  const { pose, normal } = viewFromCamera({ ...facing, tilt: 45, tiltDirection: 90 })
  const flat = renderFrame(photo, { ...plain, pose })
  const curled = renderFrame(photo, { ...plain, pose, curl: { amount: 0.05, axis: 'u', normal } })
  const differs = (u: number, v: number) => {
    const w = pose[6] * u + pose[7] * v + pose[8]
    const x = Math.floor((pose[0] * u + pose[1] * v + pose[2]) / w), y = Math.floor((pose[3] * u + pose[4] * v + pose[5]) / w)
    let sum = 0
    for (let dy = -3; dy <= 3; dy++) for (let dx = -3; dx <= 3; dx++) sum += Math.abs(flat.data[(y + dy) * 640 + x + dx] - curled.data[(y + dy) * 640 + x + dx])
    return sum / 49
  }
  assert.ok(differs(0.03, 0.5) < differs(0.5, 0.5) / 3)
})

test('blur, light, noise and shade do to the grey levels what they say', () => {
  const flat = { ...plain, background: { image: flatGrey(100) } }
  const nothing = flatGrey(0)
  assert.equal(mean(renderFrame(nothing, flat)), 100)
  assert.equal(mean(renderFrame(nothing, { ...flat, light: 0.4 })), 40)
  const noisy = renderFrame(nothing, { ...flat, noise: 3, seed: 5 })
  const deviation = Math.sqrt(noisy.data.reduce((sum, value) => sum + (value - 100) ** 2, 0) / noisy.data.length)
  assert.ok(Math.abs(mean(noisy) - 100) < 0.1 && Math.abs(deviation - 3 * Math.sqrt(1 + 100 / 255)) < 0.1, `${deviation}`)
  const vignetted = renderFrame(nothing, { ...flat, vignetting: 0.5 })
  assert.equal(vignetted.data[0], 50)
  assert.equal(vignetted.data[240 * 640 + 320], 100)
  const shadowed = renderFrame(nothing, { ...flat, shadow: { x: 320, y: 0, angle: 0, softness: 10, depth: 0.5 } })
  assert.deepEqual([shadowed.data[0], shadowed.data[639]], [100, 50])
  const glaring = renderFrame(nothing, { ...flat, glare: { x: 320, y: 240, radius: 30, strength: 250 } })
  assert.deepEqual([glaring.data[240 * 640 + 320], glaring.data[0]], [255, 100])
})

test('motion blur is centred, rolling exposure leans: the pose holds for the middle row', () => {
  const photo = splitPhoto(400, 300)
  const pose = Float64Array.of(400, 0, 120, 0, 300, 90, 0, 0, 1)
  const edgeAt = (scene: Partial<Scene>, y: number) => {
    const frame = renderFrame(photo, { ...plain, pose, ...scene })
    let white = 0
    for (let x = 200; x < 440; x++) white += frame.data[y * 640 + x] / 255
    return 440 - white
  }
  assert.ok(Math.abs(edgeAt({ motion: { dx: 9, dy: 2 } }, 240) - 320) < 0.05)
  assert.ok(Math.abs(edgeAt({ defocus: 3 }, 240) - 320) < 0.05)
  const rolling = { dx: 24, dy: 0 }
  assert.ok(Math.abs(edgeAt({ rolling }, 240) - 320) < 0.05)
  assert.ok(Math.abs(edgeAt({ rolling }, 360) - 326) < 0.1)
})

test('the pose in the frame follows the lean of rolling exposure', () => {
  const photo = splitPhoto(400, 300)
  const pose = Float64Array.of(400, 0, 120, 0, 300, 150, 0, 0, 1)
  const scene = { ...plain, pose, rolling: { dx: 40, dy: 30 } }
  const shown = poseInFrame(scene)!
  const frame = renderFrame(photo, scene)
  for (const v of [0.1, 0.5, 0.9]) {
    const x = shown[0] * 0.5 + shown[1] * v + shown[2], y = shown[3] * 0.5 + shown[4] * v + shown[5]
    let white = 0
    const row = Math.round(y - 0.5)
    for (let column = 200; column < 440; column++) white += frame.data[row * 640 + column] / 255
    assert.ok(Math.abs(440 - white - x) < 0.15, `edge at ${440 - white}, said ${x}`)
  }
  let covered = 0
  for (let row = 0; row < 480; row++) covered += frame.data[row * 640 + 150] === 0 ? 1 : 0
  assert.ok(Math.abs(covered - shown[4]) <= 1, `${covered} rows, said ${shown[4]}`)
})

test('an occluder covers its part of the photo and margin frames it in white', () => {
  const photo = flatGrey(10)
  const pose = Float64Array.of(400, 0, 120, 0, 300, 90, 0, 0, 1)
  const frame = renderFrame(photo, { ...plain, pose, margin: 0.05, occluder: { u0: 0.5, v0: 0, u1: 1.1, v1: 1 } })
  assert.equal(frame.data[240 * 640 + 200], 10)
  assert.ok(frame.data[240 * 640 + 420] > 100)
  assert.equal(frame.data[240 * 640 + 110], 245)
})

test('the same scene gives the same bytes, another seed others', () => {
  const photo = createTexture(200, 150, 1)
  const scene: Scene = { width: 320, height: 240, pose: null, noise: 2, seed: 4 }
  const bytes = Buffer.from(renderFrame(photo, scene).data)
  assert.ok(bytes.equals(renderFrame(photo, scene).data))
  assert.ok(!bytes.equals(renderFrame(photo, { ...scene, seed: 5 }).data))
  const random = createRandom(1)
  assert.equal(random.bits(), createRandom(1).bits())
  assert.notEqual(random.bits(), createRandom(2).bits())
})
