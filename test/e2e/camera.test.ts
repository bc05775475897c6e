import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { poseFromCamera } from '../../packages/tracker/src/simulate.ts'
import { readFrameNumber, writeCameraFile } from './camera.ts'

const photoPath = new URL('../samples/coffee.png', import.meta.url).pathname

test('a camera film holds one JPEG per pose, each with its number, the photo where the pose says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'arv-camera-'))
  try {
    const pose = poseFromCamera({
      fovDegrees: 45, frameWidth: 320, frameHeight: 240, photoAspect: 1.5, tilt: 0, tiltDirection: 0, roll: 0,
      widthFraction: 0.5, centreX: 0.5, centreY: 0.5,
    })
    const path = join(folder, 'film.mjpeg')
    await writeCameraFile({ photoPath, poses: [pose, null, pose], width: 320, height: 240, path })
    const frames = splitJpegs(await readFile(path))
    assert.equal(frames.length, 3)
    for (const [number, jpeg] of frames.entries()) {
      const { data, info } = await sharp(jpeg).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
      assert.deepEqual([info.width, info.height, readFrameNumber(data, 320, 240)], [320, 240, number])
      const warmth = data[4 * (120 * 320 + 130)] - data[4 * (120 * 320 + 130) + 2]
      assert.equal(warmth > 40, number !== 1, `frame ${number}: brown wood is ${number === 1 ? 'not ' : ''}there (${warmth})`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a film that Chromium would not read is refused', async () => {
  await assert.rejects(writeCameraFile({ photoPath, poses: [], width: 320, height: 240, path: '/tmp/film.mp4' }), /mjpeg/)
})

function splitJpegs(bytes: Buffer): Buffer[] {
  const starts: number[] = []
  for (let i = 0; (i = bytes.indexOf(Buffer.of(0xff, 0xd8, 0xff), i)) >= 0; i++) starts.push(i)
  return starts.map((start, i) => bytes.subarray(start, starts[i + 1]))
}
