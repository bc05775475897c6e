import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ContentView } from '../src/content/schema.ts'
import { createStudio, upload, waitUntilProcessed } from './factories.ts'
import { startWorld } from './world.ts'
import type { World } from './world.ts'

const cdn = 'https://cdn.example.com'
let world: World
let content: ContentView
before(async () => {
  world = await startWorld({ CDN_URL: `${cdn}/` })
  content = await waitUntilProcessed(world, (await upload(world, await createStudio(world))).body.id)
})
after(async () => await world.stop())

test('with a CDN, addresses of media and assets lead there, and everything else to us', async () => {
  const { body: manifest } = await world.guest<{ photo_url: string; target_url: string; video: { video_url: string } }>('GET', `/api/viewer/ar/${content.unique_id}/manifest`)
  for (const address of [manifest.photo_url, manifest.target_url, manifest.video.video_url, content.photo_url, content.previews[0].url]) assert.ok(address.startsWith(`${cdn}/media/`), address)
  assert.ok(content.short_link.startsWith(world.running.app.publicUrl) && content.qr_code_url.startsWith(world.running.app.publicUrl))
  for (const path of [`/v/${content.code}`, `/admin/content/${content.id}`, '/admin/content']) {
    const page = path.startsWith('/v') ? await world.guest('GET', path) : await world.admin('GET', path)
    const loaded = [...page.text.matchAll(/(?:src|href|srcset)="([^"]*\/(?:media|assets)\/[^" ]+)/g)].map((match) => match[1])
    assert.ok(loaded.length > 2, path)
    for (const address of loaded) assert.ok(address.startsWith(cdn), `${path}: ${address}`)
    const policy = page.headers.get('content-security-policy') ?? ''
    for (const directive of ['script-src', 'style-src', 'img-src', 'media-src', 'connect-src']) assert.match(policy, new RegExp(`${directive} [^;]*${cdn}`), `${path} ${directive}`)
    assert.doesNotMatch(page.text, /worker_url":"https/, 'a worker must come from the page’s own host')
  }
  const login = await world.guest('GET', '/admin/login')
  assert.match(login.text, new RegExp(`${cdn}/assets/admin-`))
})

test('with a CDN, public answers tell it how long it may answer by itself, and other sites may load our files', async () => {
  for (const path of [`/v/${content.code}`, `/api/viewer/ar/${content.unique_id}/check`, '/api/viewer/demo/list']) {
    assert.equal((await world.guest('GET', path)).headers.get('cache-control'), 'public, max-age=0, s-maxage=10, stale-while-revalidate=30', path)
  }
  assert.equal((await world.guest('GET', `/api/viewer/ar/${content.unique_id}/manifest`)).headers.get('cache-control'), 'no-store', 'each one is a visit')
  const asset = new URL(/https:[^"]+\/assets\/admin-[^"]+\.css/.exec((await world.guest('GET', '/admin/login')).text)![0]).pathname
  for (const path of [asset, new URL(content.photo_url).pathname]) {
    const { headers } = await world.guest('GET', path)
    assert.deepEqual([headers.get('access-control-allow-origin'), headers.get('cross-origin-resource-policy')], ['*', 'cross-origin'], path)
  }
})
