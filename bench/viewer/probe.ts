import { readFile } from 'node:fs/promises'
import type { Browser, CDPSession, Page } from 'playwright-core'

export interface MemorySample { seconds: number, heapMb: number, processMb: number }

/** A drawn pose and one row of pixels through the frame's number. */
export interface SeenPose { corners: number[], row: number[], width: number }

export interface Counts {
  drawn: Record<string, number>
  cameraFrames: number
  seen: SeenPose[]
}

/** A guest's page that is being watched. */
export interface Probe extends AsyncDisposable {
  errors: string[]
  /** Taps; milliseconds to the first verified pose on screen, null when none came in a minute. */
  tapAndLock(): Promise<number | null>
  memory(): Promise<Omit<MemorySample, 'seconds'>>
  counts(): Promise<Counts>
}

const lockTimeoutMs = 60_000
const errorsMax = 50

/** Runs in the page: counts what is drawn and keeps every fortieth pose of the first thousand such. */
const listener = `
globalThis.probe = { drawn: {}, cameraFrames: 0, seen: [], firstLock: null }
let lastTime = -1, copy
document.addEventListener('arv:frame', ({ detail }) => {
  const { probe } = globalThis
  probe.drawn[detail.state] = (probe.drawn[detail.state] ?? 0) + 1
  if (detail.cameraTime === lastTime) return
  lastTime = detail.cameraTime
  probe.cameraFrames++
  if (detail.state !== 'tracking') return
  probe.firstLock ??= performance.now()
  if (probe.cameraFrames % 40 !== 0 || probe.seen.length >= 1000) return
  const canvas = document.querySelector('canvas'), m = detail.pose
  copy ??= new OffscreenCanvas(canvas.width, 1).getContext('2d', { willReadFrequently: true })
  copy.drawImage(canvas, 0, Math.floor(canvas.height * 0.98), canvas.width, 1, 0, 0, canvas.width, 1)
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].flatMap(([u, v]) => {
    const w = m[6] * u + m[7] * v + m[8]
    return [(m[0] * u + m[1] * v + m[2]) / w, (m[3] * u + m[4] * v + m[5]) / w]
  })
  probe.seen.push({ corners, width: canvas.width, row: Array.from(copy.getImageData(0, 0, canvas.width, 1).data) })
})`

/** Opens the page with the camera allowed; the browser closes with the probe. */
export async function openProbe(browser: Browser, url: string): Promise<Probe> {
  const context = await browser.newContext({ viewport: { width: 640, height: 360 }, permissions: ['camera'], locale: 'en' })
  const page = await context.newPage()
  const errors: string[] = []
  const note = (text: string) => { if (errors.length < errorsMax) errors.push(text) }
  page.on('pageerror', error => note(String(error)))
  page.on('console', message => { if (message.type() === 'error') note(message.text()) })
  await page.addInitScript(listener)
  await page.goto(url)
  const pageSession = await context.newCDPSession(page), browserSession = await browser.newBrowserCDPSession()
  await pageSession.send('Performance.enable')
  return {
    errors,
    tapAndLock: () => tapAndLock(page),
    memory: () => readMemory(pageSession, browserSession),
    counts: () => page.evaluate<Counts>('globalThis.probe'),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

async function tapAndLock(page: Page): Promise<number | null> {
  const tapped = await page.evaluate<number>("(() => { const now = performance.now(); document.querySelector('#open').click(); return now })()")
  await page.waitForFunction('globalThis.probe.firstLock !== null', undefined, { timeout: lockTimeoutMs }).catch(() => {})
  const locked = await page.evaluate<number | null>('globalThis.probe.firstLock')
  return locked === null ? null : locked - tapped
}

/** The heap after a collection, and the private memory of all the browser's processes. */
async function readMemory(page: CDPSession, browser: CDPSession): Promise<Omit<MemorySample, 'seconds'>> {
  await page.send('HeapProfiler.collectGarbage')
  const { metrics } = await page.send('Performance.getMetrics')
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo')
  const sizes = await Promise.all(processInfo.map(({ id }) => residentKb(id)))
  return { heapMb: heap / 2 ** 20, processMb: sizes.reduce((sum, kb) => sum + kb, 0) / 1024 }
}

async function residentKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kb = (field: string) => Number(status.match(new RegExp(`${field}:\\s+(\\d+)`))?.[1] ?? 0)
  return kb('RssAnon') + kb('RssShmem')
}
