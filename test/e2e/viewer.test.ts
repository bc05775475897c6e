import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { cornersOf, poseFromCamera } from '../../packages/tracker/src/simulate.ts'
import type { ContentView } from '../../src/content/schema.ts'
import { createStudio, samples, upload, waitFor, waitUntilProcessed } from '../factories.ts'
import { startWorld } from '../world.ts'
import type { World } from '../world.ts'
import { launchBrowser } from './browser.ts'
import { readFrameNumber, writeCameraFile } from './camera.ts'
import type { Point, SeenFrame, Watched } from './measure.ts'

const root = path.join(import.meta.dirname, '../..')
const width = 640
const height = 480
const photoPath = path.join(samples, 'astronaut.png')
const poses = Array.from({ length: 96 }, (_, index) => poseAt(index / 96))
const truth = poses.map((pose) => cornersOf(pose) as Point[])
const framesMin = 110
/** Some of it without the photo, long enough for a lost photo to be given up; then it is back. */
const comingAndGoing = [...Array.from({ length: 50 }, () => poses[0]), ...Array.from({ length: 90 }, () => null)]

let world: World
let content: ContentView
let folder: string
let watcher: string

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-viewer-'))
  world = await startWorld()
  watcher = await bundleWatcher()
  await writeCameraFile({ photoPath, poses, width, height, path: path.join(folder, 'film.mjpeg') })
  await writeCameraFile({ photoPath, poses: comingAndGoing, width, height, path: path.join(folder, 'coming-and-going.mjpeg') })
  const uploaded = await upload<ContentView>(world, { ...(await createStudio(world)), photo: await readFile(photoPath), video: await createQuarters(folder) })
  assert.equal(uploaded.status, 201)
  content = await waitUntilProcessed(world, uploaded.body.id)
  assert.equal(content.status, 'ready')
}, { timeout: 240_000 })

after(async () => {
  await world?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('the video stands on the photo, in the browser’s own pixels, while the camera moves; the visit is counted', async () => {
  await withGuest({ camera: path.join(folder, 'film.mjpeg') }, async (page) => {
    await page.click('#open')
    await seeFrames(page, framesMin)
    assertOnPhoto(await page.evaluate<SeenFrame[]>('watched.seen'))
    assert.equal(await page.getAttribute('#stage', 'data-found'), 'true')
    const video = await readVideo(page)
    assert.deepEqual({ paused: video.paused, muted: video.muted }, { paused: false, muted: false })
    await waitFor('progress of the video', () => readVideo(page), (now) => now.time !== video.time)
  }, async () => {
    const visit = await findVisit((row) => row.watchedMs > 0)
    assert.equal(visit.camera, 'granted')
    assert.equal(visit.videoPlayed, true)
    assert.equal(visit.watchedWithoutCamera, false)
    assert.ok(visit.lockCount > 0 && visit.timeToLockMs! >= 0 && visit.durationMs >= visit.watchedMs, JSON.stringify(visit))
  })
})

test('the same without VideoFrame, by the graphics chip’s grey copy, and after the WebGL context was lost', async () => {
  await withGuest({ camera: path.join(folder, 'film.mjpeg'), prepare: 'delete globalThis.VideoFrame' }, async (page) => {
    await page.click('#open')
    await seeFrames(page, 30)
    await page.evaluate(`{
      const context = document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context')
      context.loseContext()
      setTimeout(() => {
        watched.seen.length = 0
        context.restoreContext()
      }, 300)
    }`)
    await waitFor('the loss of the context', async () => await page.evaluate('watched.seen.length'), (count) => count === 0)
    await seeFrames(page, 30)
    assertOnPhoto(await page.evaluate<SeenFrame[]>('watched.seen'))
  })
})

test('the video waits while the photo is away and goes on when it is back; sound goes off and on', async () => {
  await withGuest({ camera: path.join(folder, 'coming-and-going.mjpeg') }, async (page) => {
    await page.click('#open')
    const found = page.locator('#stage[data-found=true]')
    await found.waitFor({ timeout: 60_000 })
    await waitFor('the video playing', () => readVideo(page), (video) => !video.paused && !video.muted)
    await page.click('#sound')
    assert.equal((await readVideo(page)).muted, true)
    assert.equal(await page.getAttribute('#sound', 'aria-label'), 'Turn sound on')
    await page.click('#sound')
    assert.equal((await readVideo(page)).muted, false)
    await waitFor('the video paused', () => readVideo(page), (video) => video.paused)
    assert.equal(await page.getAttribute('#hint', 'data-silent'), 'false')
    await found.waitFor({ timeout: 60_000 })
    await waitFor('the video going on', () => readVideo(page), (video) => !video.paused)
  }, async () => {
    await findVisit((row) => row.lockCount > 1 && row.watchedMs > 0)
  })
})

test('out of sight the camera rests, back in sight it goes on; another window shape keeps the video on the photo', async () => {
  await withGuest({ camera: path.join(folder, 'film.mjpeg') }, async (page) => {
    const readCamera = async () => await page.evaluate("document.querySelector('#camera').srcObject.getVideoTracks()[0].readyState")
    await page.click('#open')
    await seeFrames(page, 5)
    await page.evaluate(changeVisibility('hidden'))
    await waitFor('the camera resting', readCamera, (state) => state === 'ended')
    assert.equal((await readVideo(page)).paused, true)
    await page.evaluate(changeVisibility('visible'))
    await waitFor('the camera going on', readCamera, (state) => state === 'live')
    await page.setViewportSize({ width: 700, height })
    await page.evaluate('watched.seen.length = 0')
    await seeFrames(page, 30)
    assert.equal((await readVideo(page)).paused, false)
    const seen = (await page.evaluate<SeenFrame[]>('watched.seen')).filter((frame) => frame.view.scale > 1)
    assert.ok(seen.length > 20)
    for (const { corners, told, view } of seen) {
      assert.deepEqual(view, { scale: 700 / width, left: 0, top: (height - (height * 700) / width) / 2 })
      assert.ok(corners, 'the video was not seen in full')
      corners.forEach(([x, y], corner) => assert.ok(Math.hypot(x - told[corner][0], y - told[corner][1]) < 1, `${x}, ${y} instead of ${told[corner].join(', ')}`))
    }
  })
})

test('a guest who refuses the camera is told what to do and watches without it', async () => {
  await withGuest({ camera: 'test-pattern', allow: false }, async (page) => {
    await page.click('#open')
    await page.waitForSelector('#problem:not([hidden])')
    assert.match(await page.innerText('#problem'), /not allowed[\s\S]*icon left of the address/)
    await page.click('#watch-problem')
    await waitFor('the video playing', () => readVideo(page), (video) => !video.paused && video.time > 0 && !video.muted)
    assert.equal(await page.evaluate("document.querySelector('#video').clientWidth === innerWidth"), true)
    await page.click('#close-video')
    assert.equal(await page.isVisible('#start'), true)
    assert.equal((await readVideo(page)).paused, true)
  }, async () => {
    const visit = await findVisit((row) => row.camera === 'refused' && row.watchedWithoutCamera)
    assert.equal(visit.lockCount, 0)
  })
})

test('a machine without a camera, and the browser inside an app, are told so', async () => {
  const userAgent = 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36 Instagram 334.0'
  await withGuest({ userAgent, language: 'ru' }, async (page) => {
    assert.match(await page.innerText('#in-app'), /Instagram/)
    assert.match((await page.getAttribute('#outside', 'href'))!, /^intent:\/\/.*scheme=http;/)
    await page.click('#open')
    await page.waitForSelector('#problem:not([hidden])')
    assert.match(await page.innerText('#problem-heading'), /Камеры нет/)
  })
})

test('a photo that is nowhere in sight brings tips, and the video stays silent', async () => {
  await withGuest({ camera: 'test-pattern' }, async (page) => {
    await page.click('#open')
    await page.waitForSelector('#hint[data-tip=true]', { timeout: 60_000 })
    assert.equal((await readVideo(page)).paused, true)
    const drawn = await page.evaluate<Watched['drawn']>('watched.drawn')
    assert.ok(drawn.searching > 10 && drawn.tracking === undefined, JSON.stringify(drawn))
  })
})

interface Guest {
  camera?: string
  allow?: boolean
  userAgent?: string
  language?: string
  /** Runs in the page before anything else. */
  prepare?: string
}

/** Opens the viewer's page in a browser of its own; every error in the page fails the test. */
async function withGuest(guest: Guest, use: (page: Page) => Promise<void>, afterLeaving?: () => Promise<void>): Promise<void> {
  let browser: Browser | undefined
  try {
    browser = await launchBrowser({ camera: guest.camera })
    const permissions = guest.camera !== undefined && guest.allow !== false ? ['camera'] : []
    const context: BrowserContext = await browser.newContext({ viewport: { width, height }, permissions, userAgent: guest.userAgent, locale: guest.language ?? 'en' })
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.addInitScript(watcher)
    if (guest.prepare !== undefined) await page.addInitScript(guest.prepare)
    await page.goto(`${world.url}${new URL(content.short_link).pathname}`)
    await use(page)
    assert.deepEqual(errors, [])
    // Leaving sends the visit's last report; the browser must live until it has arrived.
    await page.goto('about:blank')
    await afterLeaving?.()
  } finally {
    await browser?.close()
  }
}

/** The video's measured corners against where the film's maker put the photo in that very frame. */
function assertOnPhoto(seen: SeenFrame[]): void {
  const errors = seen.map((frame) => {
    const number = readFrameNumber(frame.row, width, 1)
    assert.ok(number >= 0 && number < truth.length, `frame number ${number}`)
    assert.deepEqual(frame.view, { scale: 1, left: 0, top: 0 })
    assert.ok(frame.corners, `the video was not seen in full on frame ${number}`)
    return Math.max(...frame.corners.map(([x, y], corner) => Math.hypot(x - truth[number][corner][0], y - truth[number][corner][1])))
  }).sort((a, b) => a - b)
  console.log(`corner error over ${errors.length} frames: median ${errors[errors.length >> 1].toFixed(2)} px, worst ${errors.at(-1)!.toFixed(2)} px`)
  assert.ok(errors.at(-1)! < 3, `the worst corner is ${errors.at(-1)} px off`)
}

async function readVideo(page: Page): Promise<{ time: number; paused: boolean; muted: boolean }> {
  return await page.evaluate("(({ currentTime, paused, muted }) => ({ time: currentTime, paused, muted }))(document.querySelector('#video'))")
}

/** What the browser does when the guest goes to another app or tab: there is no such thing in headless Chromium. */
function changeVisibility(state: 'hidden' | 'visible'): string {
  return `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' }); document.dispatchEvent(new Event('visibilitychange'))`
}

/** Waits until the page has drawn the video on `count` camera frames. */
async function seeFrames(page: Page, count: number): Promise<void> {
  const look = async () => ({ seen: await page.evaluate<number>('watched.seen.length'), drawn: await page.evaluate('watched.drawn'), words: await page.innerText('#hint') })
  await waitFor(`${count} frames with the video on them`, look, ({ seen }) => seen >= count)
}

type VisitRow = Awaited<ReturnType<typeof listVisits>>[number]

async function findVisit(isIt: (row: VisitRow) => boolean): Promise<VisitRow> {
  const rows = await waitFor('the visit in the database', listVisits, (all) => all.some(isIt), 20_000)
  return rows.find(isIt)!
}

async function listVisits() {
  return await world.running.app.db.selectFrom('visits').selectAll().execute()
}

/** A slow swing around the photo: tilted up to 40°, turned, nearer and farther; back at its start after one turn. */
function poseAt(turn: number): Float64Array {
  const angle = 2 * Math.PI * turn
  return poseFromCamera({
    fovDegrees: 50, frameWidth: width, frameHeight: height, photoAspect: 1, tilt: 22 + 18 * Math.sin(angle), tiltDirection: 360 * turn, roll: 14 * Math.sin(2 * angle),
    widthFraction: 0.45 + 0.06 * Math.cos(angle), centreX: 0.5 + 0.05 * Math.cos(angle), centreY: 0.46 + 0.04 * Math.sin(2 * angle),
  })
}

/** Four quarters in plain colours, clockwise red, green, blue and yellow, with a tone. */
async function createQuarters(folder: string): Promise<Buffer> {
  const file = path.join(folder, 'quarters.mp4')
  const colours = ['red', 'lime', 'yellow', 'blue'].flatMap((colour) => ['-f', 'lavfi', '-i', `color=${colour}:s=240x240:r=25:d=4`])
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...colours, '-f', 'lavfi', '-i', 'sine=f=440:d=4',
    '-filter_complex', '[0][1]hstack[top];[2][3]hstack[bottom];[top][bottom]vstack,format=yuv420p[v]', '-map', '[v]', '-map', '4',
    '-c:v', 'libx264', '-c:a', 'aac', '-movflags', '+faststart', file])
  return await readFile(file)
}

async function bundleWatcher(): Promise<string> {
  const bundled = await build({ entryPoints: [path.join(root, 'src/viewer/browser/watch.fixture.ts')], bundle: true, write: false, format: 'iife', logLevel: 'silent' })
  return bundled.outputFiles[0].text
}
