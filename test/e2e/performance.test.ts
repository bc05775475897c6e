import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { startWorld } from '../world.ts'
import type { World } from '../world.ts'
import { launchBrowser } from './browser.ts'

let world: World
let browser: Browser
before(async () => {
  world = await startWorld()
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await world.stop()
})

/** A page that an administrator has open, and whatever went wrong on it. */
async function open(path: string, options: { width: number; language: 'en' | 'ru'; scheme: 'light' | 'dark' }): Promise<{ page: Page; problems: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext({ viewport: { width: options.width, height: 844 }, colorScheme: options.scheme })
  await context.addCookies([{ name: 'arv_session', value: world.token, url: world.url }])
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto(`${world.url}/admin/performance${path}?lang=${options.language}`)
  return { page, problems, close: async () => await context.close() }
}

for (const options of [{ width: 390, language: 'ru', scheme: 'dark' }, { width: 1440, language: 'en', scheme: 'light' }] as const) {
  test(`charts are drawn, told in words, and read by keys; ${options.width} pixels, ${options.language}, ${options.scheme}`, async () => {
    await world.running.app.ops.sampler.sample()
    for (let count = 0; count < 20; count++) await world.guest('GET', '/api/viewer/ar/nothing/check')
    await world.running.app.ops.sampler.sample()
    const { page, problems, close } = await open('', options)
    // The sample belongs to ten seconds that may not be over yet; the page asks again by itself.
    await page.waitForSelector('[data-chart="requests"] .chart-box svg', { timeout: 60_000 })
    const label = await page.getAttribute('[data-chart="memory"] svg[role="img"]', 'aria-label')
    assert.match(label ?? '', options.language === 'en' ? /^Process: now .*MiB, lowest .*MiB, highest .*MiB\./ : /^Процесс: сейчас .*МиБ/)
    await page.focus('[data-chart="cpu"] .chart-box')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    assert.match((await page.textContent('[data-chart="cpu"] .chart-reading')) ?? '', /\d\d:\d\d:\d\d · /)
    assert.ok((await page.locator('[data-shares="routes"] .share').count()) > 0)
    for (const path of ['/cache', '/profile', '/health', '']) {
      await page.goto(`${world.url}/admin/performance${path}`)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > innerWidth'), false, `${path} is too wide`)
    }
    assert.deepEqual(problems, [])
    await close()
  })
}

test('a profile is recorded in the page, drawn as a flame graph, enlarged and walked by keys, and saved', async () => {
  const { page, problems, close } = await open('/profile', { width: 1440, language: 'en', scheme: 'light' })
  await page.selectOption('select[name=seconds]', '5')
  await page.click('[data-profile] [type=submit]')
  await page.waitForSelector('[data-profile-stop]:visible')
  for (let count = 0; count < 50; count++) await world.admin('GET', '/api/ar-content')
  await page.waitForSelector('[data-flame] rect', { timeout: 60_000 })
  const count = async () => await page.locator('[data-flame] rect').count()
  const reading = async () => (await page.textContent('[data-flame-reading]')) ?? ''
  assert.ok((await count()) > 5)
  assert.match(await reading(), /^\(root\): .* ms, 100 %/)
  await page.focus('[data-flame]')
  await page.keyboard.press('ArrowDown')
  const child = await reading()
  assert.doesNotMatch(child, /^\(root\)/)
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('[data-flame] rect.is-chosen').count(), 1)
  await page.keyboard.press('ArrowUp')
  assert.match(await reading(), /^\(root\)/)
  await page.keyboard.press('Escape')
  assert.ok((await page.locator('[data-hottest] .share').count()) > 0)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-profile-download]')])
  assert.match(download.suggestedFilename(), /^arv-.*\.cpuprofile$/)
  await page.setInputFiles('[data-profile-file]', await download.path())
  assert.match(await reading(), /^\(root\)/)
  assert.deepEqual(problems, [])
  await close()
})

test('the cache is flushed after a question, without a script too', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  await context.addCookies([{ name: 'arv_session', value: world.token, url: world.url }])
  const page = await context.newPage()
  await page.goto(`${world.url}/admin/performance/cache?lang=en`)
  await page.fill('input[name=tags]', 'type:metadata')
  assert.equal(await page.isVisible('.confirm button'), false)
  await page.click('.confirm summary')
  await page.click('.confirm button')
  await page.waitForURL(/flushed=/)
  assert.match((await page.textContent('.notice-done')) ?? '', /type:metadata/)
  await context.close()
})
