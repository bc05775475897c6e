import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { ContentView } from '../../src/content/schema.ts'
import { createStudio, upload, waitFor, waitUntilProcessed } from '../factories.ts'
import { startWorld } from '../world.ts'
import type { World } from '../world.ts'
import { launchBrowser } from './browser.ts'

/** What search engines call good is 0.1; nothing of ours moves at all. */
const shiftMax = 0.005

let world: World
let browser: Browser
let content: ContentView
before(async () => {
  world = await startWorld()
  content = await waitUntilProcessed(world, (await upload(world, await createStudio(world))).body.id)
  browser = await launchBrowser()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

async function openPage(viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'en' })
  await context.addCookies([{ name: 'arv_session', value: world.token, url: world.url }])
  const page = await context.newPage()
  // Slow pictures are what makes pages jump.
  await page.route('**/media/**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 150))
    await route.continue()
  })
  return page
}

test('no page moves while it loads, and every picture keeps its place, on a phone and on a desk', async () => {
  for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
    const page = await openPage(viewport)
    for (const path of ['/', '/admin/content', `/admin/content/${content.id}`, '/admin/content/new', `/v/${content.code}`]) {
      await page.goto(world.url + path, { waitUntil: 'load' })
      await page.evaluate('new Promise((done) => setTimeout(done, 400))')
      const shift = await page.evaluate<number>(`new Promise((done) => {
        let sum = 0
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value }).observe({ type: 'layout-shift', buffered: true })
        setTimeout(() => done(sum), 50)
      })`)
      assert.ok(shift <= shiftMax, `${path} at ${viewport.width} moved by ${shift}`)
      const pictures = await page.evaluate<{ src: string; sized: boolean; hidden: boolean }[]>(`[...document.images].map((image) => ({
        src: image.currentSrc.slice(0, 80), sized: image.hasAttribute('width') && image.hasAttribute('height'), hidden: image.getAttribute('aria-hidden') === 'true' }))`)
      for (const { src, sized, hidden } of pictures) assert.ok(sized || hidden, `${path}: ${src} has no width and height`)
    }
    await page.context().close()
  }
})

test('the page that a link leads to is fetched when the pointer rests on it', async () => {
  const asked: string[] = []
  world.running.app.answers.listen(({ endpoint }) => asked.push(endpoint))
  const page = await openPage({ width: 1440, height: 900 })
  await page.goto(`${world.url}/admin/content`)
  await waitFor('the rules', async () => await Promise.resolve(asked), (list) => list.includes('/speculation-rules.json'), 20_000)
  await page.hover(`a[href*="/admin/content/${content.id}"]`)
  await waitFor('the page', async () => await Promise.resolve(asked), (list) => list.includes('/admin/content/:id'), 20_000)
  await page.context().close()
})
