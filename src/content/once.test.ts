import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { createStudio, samples, upload, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'

let world: World
let encodings: string

before(async () => {
  world = await startWorld({ ARV_WORKER_CONCURRENCY: '6' })
  // ffmpeg itself, noting each time that it is asked to encode.
  encodings = path.join(world.dataDir, 'encodings')
  const noting = path.join(world.dataDir, 'ffmpeg')
  await writeFile(encodings, '')
  await writeFile(noting, `#!/bin/sh\ncase "$*" in *libx264*) echo once >> '${encodings}';; esac\nexec ${world.running.app.programs.ffmpeg} "$@"\n`)
  await chmod(noting, 0o755)
  world.running.app.programs.ffmpeg = noting
})
after(async () => await world.stop())

const countEncodings = async () => (await readFile(encodings, 'utf8')).split('\n').length - 1

test('a video that comes in several orders, also at once, is encoded a single time', async () => {
  const studio = await createStudio(world)
  const file = path.join(world.dataDir, 'video.mkv')
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=2', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', file])
  const video = await readFile(file)
  const photos = await Promise.all([300, 310, 320, 330].map(async (side) => await sharp(path.join(samples, 'coffee.png')).resize(side).png().toBuffer()))
  const send = async (photo: Buffer) => (await upload(world, { ...studio, photo, video, videoName: 'video.mkv' })).body.id
  const ids = await Promise.all(photos.slice(0, 3).map(send))
  const first = await Promise.all(ids.map(async (id) => await waitUntilProcessed(world, id)))
  const later = await waitUntilProcessed(world, await send(photos[3]))
  for (const content of [...first, later]) {
    assert.equal(content.status, 'ready')
    assert.equal(content.video_url, first[0].video_url)
    assert.deepEqual({ ...content.videos[0], id: 0, created_at: '' }, { ...first[0].videos[0], id: 0, created_at: '' })
  }
  assert.equal(await countEncodings(), 1)
})

test('when what was encoded before is gone from the storage, it is made again', async () => {
  const { storage, db } = world.running.app
  const { renditionKey } = await db.selectFrom('videos').select('renditionKey').limit(1).executeTakeFirstOrThrow()
  await storage.remove(renditionKey!)
  const video = await readFile(path.join(world.dataDir, 'video.mkv'))
  const { body } = await upload(world, { ...await createStudio(world, 'Second'), video, videoName: 'video.mkv' })
  assert.equal((await waitUntilProcessed(world, body.id)).status, 'ready')
  assert.ok(await storage.find(renditionKey!))
  assert.equal(await countEncodings(), 2)
})
