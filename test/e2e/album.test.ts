import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { poseFromCamera } from '../../packages/tracker/src/simulate.ts'
import type { ContentView } from '../../src/content/schema.ts'
import { createStudio, samples, upload, waitFor, waitUntilProcessed } from '../factories.ts'
import { startWorld } from '../world.ts'
import type { World } from '../world.ts'
import { launchBrowser } from './browser.ts'
import { writeCameraFile } from './camera.ts'

const size = { width: 640, height: 480 }
const names = ['astronaut.png', 'coffee.png', 'chelsea.png', 'rocket.jpg']
const colours = ['red', 'lime', 'blue', 'yellow']
let world: World
let folder: string
let albumLink: string
const contents: ContentView[] = []

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-album-'))
  world = await startWorld()
  const studio = await createStudio(world)
  for (const [index, name] of names.entries()) {
    const { body } = await upload<ContentView>(world, { ...studio, photo: await readFile(path.join(samples, name)), photoName: name, video: await createColour(colours[index]) })
    contents.push(await waitUntilProcessed(world, body.id))
  }
  albumLink = (await world.admin<{ album_link: string }>('GET', `/api/projects/${studio.projectId}`)).body.album_link
  await film([0, 1, 2])
}, { timeout: 240_000 })

after(async () => {
  await world?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('one page finds each photo of the album and plays its own video on it; one whose time has ended is told', async () => {
  await world.running.app.db.updateTable('arContent').set({ expiresAt: new Date(Date.now() - 1000) }).where('id', '=', contents[2].id).execute()
  await world.running.app.cache.settle()
  const browser = await launchBrowser({ camera: path.join(folder, 'album.mjpeg') })
  try {
    const context = await browser.newContext({ viewport: size, permissions: ['camera'], locale: 'en' })
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.addInitScript(watcher)
    await page.goto(`${world.url}${new URL(albumLink).pathname}`)
    await page.click('#open')
    await waitFor('both videos on their photos and the word about the third', async () => ({
      drawn: await page.evaluate<string[]>('[...drawnVideos]'), told: await page.evaluate<string[]>('[...toldHints]'),
    }), ({ drawn, told }) => drawn.length >= 2 && told.some((text) => /time has ended/.test(text)), 90_000)
    const expected = [0, 1].map((index) => `${new URL(contents[index].video_url!).pathname} ${index === 0 ? 'red' : 'lime'}`)
    assert.deepEqual((await page.evaluate<string[]>('[...drawnVideos]')).sort(), expected.sort())
    assert.deepEqual(errors, [])
    await page.goto('about:blank')
    const visits = await waitFor('the visits in the database', async () => await world.running.app.db.selectFrom('visits').select(['arContentId', 'lockCount', 'camera', 'videoPlayed']).execute(),
      (rows) => [0, 1].every((index) => rows.some((row) => row.arContentId === contents[index].id && row.lockCount > 0 && row.videoPlayed)), 20_000)
    assert.ok(visits.every(({ camera }) => camera === 'granted'))
    assert.ok(visits.every(({ arContentId }) => arContentId !== contents[3].id), 'a photo that was never in view was counted')
  } finally {
    await browser.close()
  }
})

/** In the page: which video was drawn in which colour in the middle of the photo, and what the hint said. */
const watcher = `
  globalThis.drawnVideos = new Set()
  globalThis.toldHints = new Set()
  document.addEventListener('arv:frame', ({ detail }) => {
    toldHints.add(document.querySelector('#hint-text').textContent)
    if (detail.state !== 'tracking' || detail.opacity < 1) return
    const canvas = document.querySelector('canvas'), p = detail.pose, w = p[6] / 2 + p[7] / 2 + p[8]
    const x = (p[0] / 2 + p[1] / 2 + p[2]) / w, y = (p[3] / 2 + p[4] / 2 + p[5]) / w
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
    copy.drawImage(canvas, 0, 0)
    const [r, g, b] = copy.getImageData(Math.round(x * detail.view.scale + detail.view.left), Math.round(y * detail.view.scale + detail.view.top), 1, 1).data
    const colour = r > 180 && g > 180 ? 'yellow' : r > 180 && g < 90 ? 'red' : g > 180 && r < 90 ? 'lime' : b > 180 ? 'blue' : [r, g, b].join()
    drawnVideos.add(new URL(document.querySelector('#video').src).pathname + ' ' + colour)
  })`

/** Photo after photo, each for some seconds, with nothing in view in between. */
async function film(order: number[]): Promise<void> {
  const out = path.join(folder, 'album.mjpeg')
  for (const [place, index] of order.entries()) {
    const pose = poseFromCamera({
      fovDegrees: 50, frameWidth: size.width, frameHeight: size.height, photoAspect: contents[index].photo_width / contents[index].photo_height,
      tilt: 15, tiltDirection: 40, roll: 5, widthFraction: 0.5, centreX: 0.5, centreY: 0.45,
    })
    const part = path.join(folder, `part-${index}.mjpeg`)
    await writeCameraFile({ photoPath: path.join(samples, names[index]), poses: [...Array.from({ length: 100 }, () => pose), ...Array.from({ length: place === 0 ? 0 : 30 }, () => null)], ...size, path: part })
    await pipeline(createReadStream(part), createWriteStream(out, { flags: 'a' }))
  }
}

async function createColour(colour: string): Promise<Buffer> {
  const file = path.join(folder, `${colour}.mp4`)
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=${colour}:s=240x240:r=25:d=2`, '-f', 'lavfi', '-i', 'sine=f=440:d=2',
    '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', file])
  return await readFile(file)
}
