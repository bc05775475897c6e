import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { buildAssets } from '../lib/assets/assets.ts'
import type { Assets } from '../lib/assets/assets.ts'
import { languages, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import type { ViewerManifest, ViewerState } from './contract.ts'
import { viewerPage } from './page.ts'

/** The whole of what a guest's phone loads before the photo and the video. */
const pageBytesMax = 100 * 1024

let assets: Assets
before(async () => { assets = await buildAssets({ log: { info: () => {} } }) })

function createManifest(language: Language, state: ViewerState = 'ready', changes: Partial<ViewerManifest> = {}): ViewerManifest {
  return {
    state, language, page_url: 'https://arv.example/v/2NEpo7TZRR', unique_id: '3f9a3b0e-6c4e-4a39-8d5a-3a7f4c1d9b10', title: null,
    photo: {
      url: '/media/ab/photo.jpg', width: 1500, height: 1000, blur: 'data:image/webp;base64,UklGRg==',
      previews: [{ url: '/media/ab/640.webp', width: 640, format: 'webp' }, { url: '/media/ab/320.webp', width: 320, format: 'webp' }, { url: '/media/ab/320.avif', width: 320, format: 'avif' }],
    },
    target_url: '/media/ab/target.arv', video: { id: 7, url: '/media/cd/video.mp4', poster_url: null, width: 1280, height: 854, mime_type: 'video/mp4', duration: 12 },
    visits_url: '/api/viewer/visits', worker_url: assets.url('tracker-worker.js'), words: wordsIn(language).viewer.browser, ...changes,
  }
}

test('page, style, script and tracker together stay under 100 KB gzip', () => {
  for (const language of languages) {
    const page = gzipSync(viewerPage(createManifest(language), assets).text, { level: 9 }).length
    const files = ['viewer.js', 'tracker-worker.js'].map((name) => gzipSync(readFileSync(assets.find(assets.url(name).slice('/assets/'.length), undefined)!.path), { level: 9 }).length)
    const total = files.reduce((sum, bytes) => sum + bytes, page)
    console.log(`${language}: page with style ${page}, script ${files[0]}, tracker ${files[1]}, together ${total} bytes gzip`)
    assert.ok(page > 2000 && files.every((bytes) => bytes > 2000), 'one of them is empty')
    assert.ok(total <= pageBytesMax, `${total} bytes`)
  }
})

test('a ready page shows the photo in every size it has, and carries its data and nothing executable in itself', () => {
  const { text } = viewerPage(createManifest('en'), assets)
  assert.match(text, /<source type="image\/avif" srcset="\/media\/ab\/320\.avif 320w"/)
  assert.match(text, /<source type="image\/webp" srcset="\/media\/ab\/320\.webp 320w, \/media\/ab\/640\.webp 640w"/)
  assert.match(text, /<meta property="og:image" content="https:\/\/arv\.example\/media\/ab\/photo\.jpg">/)
  assert.deepEqual(readData(text), createManifest('en'))
  const scripts = [...text.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes)
  assert.deepEqual(scripts.map((attributes) => /src="\/assets\/viewer-[^"]+" integrity="sha256-/.test(attributes) || attributes.includes('application/json')), [true, true])
  assert.doesNotMatch(text.replace(/<style>.*<\/style>/s, ''), / style=| on\w+="/)
})

test('what a studio wrote can’t break out of the page or its data', () => {
  const title = '</script><script>alert(1)</script> "\'><img src=x onerror=alert(1)>'
  const { text } = viewerPage(createManifest('en', 'ready', { title }), assets)
  assert.doesNotMatch(text, /<script>alert|<img src=x/)
  assert.equal(readData(text).title, title)
})

test('every other state says what is so and what to do, in the guest’s language, without a script', () => {
  const seen = new Set<string>()
  for (const language of languages) {
    for (const state of ['preparing', 'expired', 'inactive', 'not_found', 'no_video'] as const) {
      const { text } = viewerPage(createManifest(language, state, state === 'not_found' || state === 'inactive' ? { photo: null, unique_id: null } : {}), assets)
      assert.match(text, new RegExp(`<html lang="${language}">`))
      assert.doesNotMatch(text, /<script|<video/)
      const [, heading, words] = /<h1>([^<]+)<\/h1>\s*<p>([^<]+)<\/p>/.exec(text)!
      assert.ok(text.includes(`<title>${heading}</title>`) && words.length > 40)
      assert.equal(text.includes('http-equiv="refresh"'), state === 'preparing', `${state} looks again by itself`)
      assert.equal(text.includes('og:image'), !['not_found', 'inactive', 'expired'].includes(state), 'an expired photo is no longer shown to strangers')
      seen.add(heading)
    }
  }
  assert.equal(seen.size, 10)
})

test('every button and picture has a name for those who hear the page', () => {
  for (const language of languages) {
    const { text } = viewerPage(createManifest(language), assets)
    for (const [button, attributes, content] of text.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)) {
      const name = /aria-label="([^"]+)"/.exec(attributes)?.[1] ?? content.replace(/<[^>]*>/g, '').trim()
      assert.ok(name.length > 2, button)
    }
    for (const [image] of text.matchAll(/<img[^>]*>/g)) assert.match(image, / alt="/)
    assert.match(text, /id="hint-text" role="status"/)
  }
})

function readData(text: string): ViewerManifest {
  return JSON.parse(/<script type="application\/json" id="manifest">(.*?)<\/script>/s.exec(text)![1]) as ViewerManifest
}
