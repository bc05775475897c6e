import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html } from '../lib/html/html.ts'
import type { PageContext } from '../lib/html/layout.ts'
import { languages } from '../words/words.ts'
import type { ContentView, JobView, LookAlikeView, MarkerDetails, TaskView } from './schema.ts'
import { contentCreatePage, contentDetailPage, contentListPage, photoCheckFragment } from './views.ts'

const evil = `"><script>alert(1)</script><b title='x`

test('whatever people typed comes out as text, in every page', () => {
  for (const text of pages({ order_number: evil, customer_name: evil, customer_email: evil, project_name: evil, company_name: evil })) {
    assert.doesNotMatch(text, /<script>alert/)
    assert.doesNotMatch(text, /<b title='x/)
  }
})

test('pages keep to a Content-Security-Policy without unsafe-inline: no style, no handler, no inline script', () => {
  for (const text of pages({})) {
    assert.doesNotMatch(text, /<[^>]+\sstyle=/)
    assert.doesNotMatch(text, /<[^>]+\son[a-z]+=/)
    for (const [tag] of text.matchAll(/<script[^>]*>/g)) assert.match(tag, / src=| type="application\/json"/)
  }
})

test('every field of the create form has a label', () => {
  const text = createPage()
  const names = [...text.matchAll(/<(?:input|select)[^>]*\sid="(field-[\w-]+)"/g)].map((match) => match[1])
  assert.ok(names.length >= 9)
  for (const name of names) assert.ok(text.includes(`for="${name}"`), `${name} has no label`)
})

test('a failed order says why and what to do, and offers no code to print', () => {
  const failure = { code: 'photo_no_texture', message: 'Too little detail.' }
  const task = taskWith([{ ...job, status: 'failed', failure }], 'failed')
  const text = contentDetailPage(context('en'), { ...content, status: 'failed', failure, task, customer_name: 'Anna & Co' }).text
  assert.match(text, /Too little detail\./)
  assert.match(text, /href="\/admin\/content\/new\?company_id=1&amp;project_id=2&amp;customer_name=Anna\+%26\+Co/)
  assert.doesNotMatch(text, /qr\.svg/)
})

test('every download of a code warns first when a print would be a mistake', () => {
  const text = contentDetailPage(context('en'), { ...content, print_warning: 'Only reachable here.' }).text
  const downloads = [...text.matchAll(/<a [^>]*\sdownload="[^"]+"[^>]*>/g)].map((match) => match[0])
  assert.equal(downloads.length, 4)
  for (const download of downloads) assert.match(download, /data-warn="print-warning"/)
  assert.match(text, /<dialog class="dialog" id="print-warning"/)
  assert.doesNotMatch(contentDetailPage(context('en'), content).text, /data-warn/)
})

test('the score comes with where it holds, a map of the detail, and pictures of what it may be taken for', () => {
  const text = contentDetailPage(context('en'), { ...content, marker_details: details, look_alikes: [lookAlike] }).text
  assert.match(text, /Locks from 15 cm to 1\.2 m\. The lower third carries no detail\./)
  assert.match(text, /<svg class="detail" viewBox="0 0 1200 800"/)
  const cells = [...text.matchAll(/<rect class="detail-(\d)"/g)].map((match) => Number(match[1]))
  assert.deepEqual(cells, [5, 4, 3, 2, 1, 0])
  assert.match(text, /<input class="switch-input" id="detail-switch" type="checkbox" role="switch"/)
  assert.match(text, /Could be taken for another photo[\s\S]*<a href="\/admin\/content\/9">[\s\S]*320\.webp[\s\S]*Order A-9/)
  const plain = contentDetailPage(context('en'), content).text
  assert.doesNotMatch(plain, /class="detail"|detail-switch|Could be taken/)
})

test('a check before the upload warns as strongly as the score asks for', () => {
  const check = { width: 1200, height: 800, advice: [{ code: 'fails-far', message: 'Print it larger.' }], marker_details: details, look_alikes: [], look_alikes_complete: true }
  const good = photoCheckFragment('en', { ...check, score: 84, level: 'excellent', verdict: 'Excellent.' }).text
  assert.match(good, /notice-done[\s\S]*Score 84 of 100[\s\S]*Excellent\.[\s\S]*Print it larger\./)
  assert.doesNotMatch(good, /all the same/)
  assert.match(photoCheckFragment('en', { ...check, score: 50, level: 'careful', verdict: '' }).text, /notice-warning[\s\S]*all the same/)
  const hopeless = photoCheckFragment('ru', { ...check, score: 0, level: 'poor', verdict: evil, marker_details: null, look_alikes: [{ ...lookAlike, order_number: evil }] }).text
  assert.match(hopeless, /notice-problem[\s\S]*Оценка 0 из 100/)
  assert.match(hopeless, /href="\/admin\/content\/9" target="_blank"/)
  assert.doesNotMatch(hopeless, /<script>alert|всё равно|style=/)
})

test('a page follows its task only while that is open', () => {
  const open = contentDetailPage(context('ru'), {
    ...content, status: 'processing', task: taskWith([{ ...job, progress: 0.43 }], 'processing'),
  }).text
  assert.match(open, /<live-task [^>]*data-task="7b1f6a52/)
  assert.match(open, /Преобразуем видео[\s\S]*>43<\/span> %/)
  assert.doesNotMatch(contentDetailPage(context('ru'), {
    ...content, task: taskWith([{ ...job, status: 'ready' }], 'ready'),
  }).text, /<live-task/)
})

test('the list asks for itself again only while something is being prepared, and tells an empty shop from an empty search', () => {
  assert.match(listPage({ status: 'processing' }), /hx-trigger="every 2s"/)
  assert.doesNotMatch(listPage({ status: 'ready' }), /hx-trigger="every 2s"/)
  assert.match(listPage(null), /No orders yet/)
  assert.match(listPage(null, 'zzz'), /Nothing found/)
})

function context(language: 'en' | 'ru'): PageContext {
  return { language, theme: 'system', user: { email: 'studio@example.com' }, path: '/admin/content', assets: (name) => `/assets/${name}` }
}

function pages(over: Partial<ContentView>): string[] {
  return languages.flatMap((language) => [
    contentDetailPage(context(language), {
      ...content, marker_details: details, look_alikes: [{ ...lookAlike, order_number: over.order_number ?? '1' }], ...over,
    }).text,
    listPage({ ...over, status: 'processing' }, over.order_number ?? ''),
    createPage(over),
  ])
}

function listPage(over: Partial<ContentView> | null, q = ''): string {
  const items = over === null ? [] : [{ ...content, ...over, progress: 0.5 }]
  const name = over?.company_name ?? 'Lumen'
  return contentListPage(context('en'), {
    items, total: items.length, total_is_exact: true, page: 1, limit: 20, has_more: false,
    filters: { q, status: null, company_id: null, project_id: null, from: null, to: null, sort: null },
    companies: [{ id: 1, name }, { id: 2, name }], album: null, projects: [{ id: 1, name, company_name: name }, { id: 2, name, company_name: name }],
  }).text
}

function createPage(over: Partial<ContentView> = {}): string {
  return contentCreatePage(context('en'), {
    companies: [{ id: 1, name: over.company_name ?? 'Lumen' }], projects: [], values: over, canCreateCompany: true, dialogs: html``,
  }).text
}

function taskWith(jobs: JobView[], status: TaskView['status']): TaskView {
  return { id: '7b1f6a52-94a1-4f16-8a36-0c5b7cc1a001', ar_content_id: 7, status, progress: 0.5, jobs, created_at: '2026-03-05T10:00:00Z' }
}

const job: JobView = {
  id: 1, kind: 'video', video_id: 1, status: 'processing', progress: 0, failure: null, started_at: null, finished_at: null,
}

const details: MarkerDetails = {
  conditions: {
    distance_min_cm: 15, distance_max_cm: 120, print_width_cm: 15, print_height_cm: 10, width_min: 0.1, tilt_max_degrees: 60, light_min: 0.1,
  },
  summary: 'Locks from 15 cm to 1.2 m.', plain: ['The lower third carries no detail.'],
  grid: { columns: 3, rows: 2, values: [255, 140, 139, 50, 20, 19] },
}

const lookAlike: LookAlikeView = {
  id: 9, order_number: 'A-9', similarity: 0.9, photo_url: '/media/b/photo.jpg', photo_width: 1200, photo_height: 800, photo_blur: null,
  previews: [{ width: 320, height: 213, format: 'webp', url: '/media/b/320.webp' }],
}

const content: ContentView = {
  id: 7, unique_id: '0f9c6c0e-6d5b-4e55-bf2c-2f1c3a2e9a10', code: '7KxQ2mBv9A', order_number: 'A-1', company_id: 1,
  company_name: 'Lumen', project_id: 2, project_name: 'Wedding', customer_name: null, customer_phone: null, customer_email: null,
  duration_years: null, expires_at: null, status: 'ready',
  failure: null, marker_status: 'ready', marker_score: 67, marker_advice: ['Print it larger.'], marker_details: null, look_alikes: [], public_link: 'https://ar.example/view/x',
  short_link: 'https://ar.example/v/7KxQ2mBv9A', qr_code_url: 'https://ar.example/api/ar-content/7/qr.svg', print_warning: null,
  photo_url: 'https://ar.example/media/a/photo.jpg', photo_width: 1200, photo_height: 800, photo_blur: 'data:image/webp;base64,AAAA',
  video_url: null, target_url: null, previews: [
    { width: 320, height: 213, format: 'webp', url: '/media/a/320.webp' },
    { width: 320, height: 213, format: 'avif', url: '/media/a/320.avif' },
  ],
  videos: [], task_id: '7b1f6a52-94a1-4f16-8a36-0c5b7cc1a001', task: null, created_at: '2026-03-05T10:00:00Z',
}
