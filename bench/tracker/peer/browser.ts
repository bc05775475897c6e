import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { poseInFrame } from '../../../packages/tracker/src/simulate.ts'
import { compare } from '../figures.ts'
import type { FrameOutcome, SequenceOutcome } from '../figures.ts'
import type { Photo } from '../photos.ts'
import { filmFrames, startOutcome } from '../plan.ts'
import { FRAME_MS } from '../sequences.ts'
import type { Sequence } from '../sequences.ts'
import { bundlePage } from './bundle.ts'

export type Contestant = 'ours' | 'mindar'

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

export function canRunBrowser(): boolean {
  return existsSync(CHROMIUM)
}

/** A page in Chromium with one of the trackers, fed films by a server of its own. */
export class BrowserTracker implements AsyncDisposable {
  private readonly files = new Map<string, Uint8Array | string>()
  private server!: Server
  private browser!: Browser
  private page!: Page
  private address = ''

  /** @param targets MindAR: one merged `.mind`; ours: one file per photo */
  static async open(who: Contestant, targets: Uint8Array[]): Promise<BrowserTracker> {
    const tracker = new BrowserTracker()
    tracker.files.set('/', '<!doctype html><meta charset=utf-8><title>bench</title>')
    tracker.files.set('/page.js', await bundlePage(who))
    targets.forEach((file, index) => tracker.files.set(`/targets/${index}`, file))
    tracker.server = createServer((request, response) => tracker.answer(request.url ?? '/', response)).listen(0, '127.0.0.1')
    await new Promise(resolve => tracker.server.once('listening', resolve))
    tracker.address = `http://127.0.0.1:${(tracker.server.address() as AddressInfo).port}`
    tracker.browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
    return tracker
  }

  /** Loads script and targets; returns the milliseconds of each. */
  async start(width: number, height: number): Promise<{ scriptMs: number, openMs: number }> {
    this.page = await this.browser.newPage()
    this.page.on('pageerror', error => console.log('  page:', error.message))
    await this.page.goto(this.address)
    const urls = [...this.files.keys()].filter(path => path.startsWith('/targets/'))
    const scriptMs = await this.page.evaluate<number>(`new Promise((resolve, reject) => {
      const start = performance.now()
      document.head.append(Object.assign(document.createElement('script'), { src: '/page.js', onload: () => resolve(performance.now() - start), onerror: reject }))
    })`)
    const openMs = await this.page.evaluate<number>(`openTracker(${width}, ${height}, ${JSON.stringify(urls)})`)
    return { scriptMs, openMs }
  }

  /** Milliseconds from the first frame shown to the first pose; null when it never locks. */
  async lockOn(frame: Uint8Array, attempts: number): Promise<{ ms: number, attempts: number } | null> {
    this.files.set('/film', frame)
    return this.page.evaluate(`lockOn('/film', ${FRAME_MS}, ${attempts})`)
  }

  /** One film from nothing; `target` -1 searches for every target. */
  async track(frames: Uint8Array, target: number): Promise<PageFilm> {
    this.files.set('/film', frames)
    return this.page.evaluate(`trackFilm('/film', ${target}, ${FRAME_MS})`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser?.close()
    this.server?.close()
  }

  private answer(path: string, response: ServerResponse): void {
    const file = this.files.get(path)
    response.setHeader('cache-control', 'no-store')
    if (path === '/') response.setHeader('content-type', 'text/html')
    if (path.endsWith('.js')) response.setHeader('content-type', 'text/javascript')
    response.statusCode = file === undefined ? 404 : 200
    response.end(file)
  }
}

interface PageFilm {
  results: { state: FrameOutcome['state'], target: number, pose: number[] | null, ms: number }[]
  /** Frames a tracker needed before the film because it searches in parts, and their times. */
  looksBefore: number
  searches: number[]
}

/** Films one after the other through a page; both contestants see the same bytes. */
export async function runFilms(page: BrowserTracker, sequences: Sequence[], photos: Photo[], targetOf: (name: string) => number): Promise<SequenceOutcome[]> {
  const outcomes: SequenceOutcome[] = []
  for (const sequence of sequences) {
    const outcome = startOutcome(sequence)
    const frames: Uint8Array[] = []
    for await (const frame of filmFrames(sequence, photos.find(photo => photo.name === sequence.photo)!)) frames.push(frame.data)
    const target = targetOf(sequence.photo)
    if (target >= 0) {
      const { results } = await page.track(Buffer.concat(frames), target)
      outcome.frames = results.map(({ state, pose, ms }, i) => ({ state, ms, ...compare(pose, poseInFrame(sequence.scenes[i])!) }))
    } else {
      outcome.frames = frames.map(() => ({ state: 'searching', error: null, errorMax: null, corners: null, ms: 0 }))
    }
    outcomes.push(outcome)
    if (outcomes.length % 50 === 0) console.log(`  ${outcomes.length} of ${sequences.length} films in the browser`)
  }
  return outcomes
}
