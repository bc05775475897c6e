import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { createVideo, samples } from '../factories.ts'
import { administrator, startWorld } from '../world.ts'
import type { World } from '../world.ts'
import { launchBrowser } from './browser.ts'

/** Scripts and styles of all admin pages together, packed as a browser gets them. */
const assetBytesMax = 60 * 1024

let world: World
let browser: Browser
let page: Page
let folder: string
const problems: string[] = []

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-admin-'))
  await writeFile(path.join(folder, 'birthday.mp4'), await createVideo())
  await writeFile(path.join(folder, 'notes.mp4'), 'only words, whatever the name says '.repeat(100))
  await sharp({ create: { width: 800, height: 600, channels: 3, background: '#fff' } }).png().toFile(path.join(folder, 'sheet.png'))
  await sharp(path.join(samples, 'chelsea.png')).extract({ left: 18, top: 12, width: 415, height: 276 }).jpeg()
    .toFile(path.join(folder, 'cat-again.jpg'))
  world = await startWorld()
  browser = await launchBrowser()
  page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en' })).newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (401|404|415)/.test(message.text())) problems.push(message.text())
  })
})
after(async () => {
  await browser?.close()
  await world?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a studio’s first order: sign in, make a company and a project, upload, watch it become ready, take the code', async () => {
  await page.goto(`${world.url}/admin/content/new`)
  await page.fill('input[name=email]', administrator.email)
  await page.fill('input[name=password]', 'wrong')
  await page.click('form button[type=submit]')
  await page.getByText('E-mail or password is wrong').waitFor()
  await page.fill('input[name=password]', administrator.password)
  await page.click('form button[type=submit]')
  await page.waitForURL('**/admin/content/new')

  await createInDialog('company', 'Light & Shadow')
  await createInDialog('project', 'Graduation 2026')
  await page.setInputFiles('input[name=photo_file]', path.join(samples, 'chelsea.png'))
  await page.setInputFiles('input[name=video_file]', path.join(folder, 'birthday.mp4'))
  await page.fill('input[name=customer_name]', 'Мария')
  await page.getByRole('button', { name: 'Upload and make it live' }).click()
  await page.waitForURL(/\/admin\/content\/\d+$/)
  await page.locator('.status, .badge', { hasText: 'Ready' }).first().waitFor({ timeout: 60_000 })
  assert.equal(await page.getByRole('link', { name: /SVG/ }).count() + await page.getByRole('button', { name: /SVG/ }).count() > 0, true)
  assert.match(await page.textContent('main') ?? '', /Мария/)
  const code = page.locator('img[src*="qr.svg"], svg[viewBox]').first()
  await code.waitFor()
})

test('the new order is in the list, found by its customer, and not by another', async () => {
  await page.goto(`${world.url}/admin/content`)
  assert.equal(await page.locator('.cards > li').count(), 1)
  await page.fill('input[name=q]', 'мари')
  await page.waitForURL(/q=/)
  assert.equal(await page.locator('.cards > li').count(), 1)
  await page.fill('input[name=q]', 'somebody else')
  await page.getByText('Nothing found').waitFor()
})

test('a file that is no video is refused at its field, and the form stays', async () => {
  await page.goto(`${world.url}/admin/content/new`)
  await page.setInputFiles('input[name=photo_file]', path.join(samples, 'coffee.png'))
  await page.setInputFiles('input[name=video_file]', path.join(folder, 'notes.mp4'))
  await page.fill('input[name=customer_name]', 'Stays')
  await page.getByRole('button', { name: 'Upload and make it live' }).click()
  await page.locator('#error-video_file').getByText('This is not a video').waitFor()
  assert.equal(await page.inputValue('input[name=customer_name]'), 'Stays')
})

test('a photo is judged as soon as it is chosen: what no camera can find, and what could be taken for another order', async () => {
  await page.goto(`${world.url}/admin/content/new`)
  await page.setInputFiles('input[name=photo_file]', path.join(folder, 'sheet.png'))
  await page.locator('[data-check-level=poor]').getByText('too little detail').waitFor()
  await page.setInputFiles('input[name=photo_file]', path.join(folder, 'cat-again.jpg'))
  const warning = page.locator('[data-photo-check] .notice-warning')
  await warning.getByText('Could be taken for another photo').waitFor({ timeout: 60_000 })
  assert.equal(await page.locator('[data-check-level=poor]').count(), 0, 'the first photo’s verdict is gone')
  assert.match(await page.textContent('[data-photo-check]') ?? '', /Score \d+ of 100/)
  const other = warning.getByRole('link', { name: 'Order 000001' })
  assert.equal(await other.getAttribute('href'), '/admin/content/1')
  await page.waitForFunction(`document.querySelector('.alike .picture-photo').naturalWidth > 0`)

  await createInDialog('project', 'Another album')
  await page.locator('[data-check-level]').waitFor({ timeout: 60_000 })
  assert.equal(await warning.count(), 0, 'another project holds no such photo')
  await page.click('[data-drop=photo] [data-remove]')
  await page.locator('[data-photo-check]:empty').waitFor({ state: 'attached' })

  await page.setInputFiles('input[name=photo_file]', path.join(folder, 'sheet.png'))
  await page.locator('[data-check-level=poor]').waitFor()
  await page.setInputFiles('input[name=video_file]', path.join(folder, 'birthday.mp4'))
  await page.getByRole('button', { name: 'Upload and make it live' }).click()
  await page.waitForURL(/\/admin\/content\/\d+$/)
})

test('an order’s page shows where its photo carries detail', async () => {
  await page.goto(`${world.url}/admin/content/1`)
  await page.getByText(/Locks from \d+ cm/).waitFor({ timeout: 60_000 })
  const layer = page.getByRole('img', { name: 'Where the photo carries detail' })
  assert.equal(await layer.isVisible(), false)
  await page.getByText('Show where the detail is').click()
  await layer.waitFor()
  assert.deepEqual(await layer.boundingBox(), await page.locator('.photo .picture-photo').boundingBox())
})

test('no page scrolls sideways on a phone, none reports an error', async () => {
  const phone = await (await browser.newContext({ viewport: { width: 360, height: 740 }, storageState: await page.context().storageState() })).newPage()
  for (const language of ['en', 'ru']) {
    for (const address of ['/', '/admin/content', '/admin/content/new', '/admin/content/1', '/nowhere']) {
      await phone.goto(`${world.url}${address}?lang=${language}`)
      const [content, window] = await phone.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]')
      assert.ok(content <= window, `${address} in ${language} is ${content} px wide`)
    }
  }
  assert.deepEqual(problems, [])
})

test(`scripts and styles of the admin pages stay under ${assetBytesMax / 1024} KB`, () => {
  const { assets } = world.running.app.assets.manifest
  const bytes = ['admin.js', 'admin.css'].reduce((sum, name) => sum + (assets[name].packed.gzip ?? assets[name].bytes), 0)
  assert.ok(bytes < assetBytesMax, `${bytes} bytes`)
})

async function createInDialog(kind: 'company' | 'project', name: string): Promise<void> {
  await page.getByRole('button', { name: kind === 'company' ? 'New company' : 'New project' }).first().click()
  const dialog = page.locator('dialog[open]')
  await dialog.locator('input[name=name]').fill(name)
  await dialog.locator('button[type=submit]').click()
  await dialog.waitFor({ state: 'hidden' })
  await page.locator(`select[name=${kind}_id] option:checked`, { hasText: name }).waitFor({ state: 'attached' })
}
