import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { readAlbumIndex } from '../../packages/tracker/src/index.ts'
import { createStudio, samples, upload, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import type { ContentView } from '../content/schema.ts'
import { wordsIn } from '../words/words.ts'
import type { AlbumAnswer } from './schema.ts'

const page = wordsIn('en').viewer.page
let world: World
let studio: { companyId: number; projectId: number }
let code: string
const contents: ContentView[] = []

before(async () => {
  world = await startWorld()
  studio = await createStudio(world)
  code = (await world.admin<{ album_link: string }>('GET', `/api/projects/${studio.projectId}`)).body.album_link.split('/').at(-1)!
})
after(async () => await world.stop())

async function readAlbum(): Promise<AlbumAnswer> {
  const { status, body } = await world.guest<AlbumAnswer>('GET', `/api/viewer/albums/${code}`)
  assert.equal(status, 200)
  return body
}

async function set(id: number, values: Record<string, unknown>): Promise<void> {
  await world.running.app.db.updateTable('arContent').set(values).where('id', '=', id).execute()
  await world.running.app.cache.settle()
}

test('an empty album says so, and a wrong code leads nowhere', async () => {
  const empty = await world.guest('GET', `/p/${code}`)
  assert.equal(empty.status, 200)
  assert.ok(empty.text.includes(page.emptyAlbumHeading))
  assert.deepEqual(await readAlbum(), { code, name: 'Weddings', index_url: null, photos: [] })
  for (const wrong of ['zzzzzzzzzz', 'x', `${code}1`, '00000000OO', '%00', 'a'.repeat(150)]) {
    assert.equal((await world.guest('GET', `/p/${wrong}`)).status, 404, wrong)
    assert.equal((await world.guest('GET', `/api/viewer/albums/${wrong}`)).status, 404, wrong)
  }
  assert.equal((await world.guest('GET', `/p/${'a'.repeat(500)}`)).status, 414)
})

test('an album lists each photo that is ready, and its index knows them all', async () => {
  for (const name of ['chelsea.png', 'coffee.png']) {
    contents.push(await waitUntilProcessed(world, (await upload(world, { ...studio, photo: await readFile(path.join(samples, name)) })).body.id))
  }
  const { photos, index_url } = await readAlbum()
  assert.deepEqual(photos.map((photo) => [photo.unique_id, photo.state, photo.target_url, photo.video?.url]), contents.toReversed().map((content) =>
    [content.unique_id, 'ready', content.target_url, content.video_url]))
  const response = await fetch(index_url!)
  assert.match(response.headers.get('cache-control') ?? '', /immutable/)
  const index = readAlbumIndex(new Uint8Array(await response.arrayBuffer()))
  assert.deepEqual([...index.ids].sort(), photos.map(({ id }) => id).sort())
  assert.equal((await fetch(index_url!, { headers: { 'if-none-match': response.headers.get('etag')! } })).status, 304)
  assert.equal((await fetch(index_url!.replace(/[0-9a-f]{64}$/, '0'.repeat(64)))).status, 404)
  for (const address of [`/p/${code}`, `/p/${code}/`]) {
    const { status, text } = await world.guest('GET', address)
    assert.equal(status, 200)
    assert.ok(text.includes(page.albumHeading) && !text.includes('undefined'), address)
  }
  assert.ok((await world.guest('GET', `/p/${code}`, undefined, { 'accept-language': 'ru' })).text.includes(wordsIn('ru').viewer.page.albumHeading))
})

test('what has ended or was archived is known but does not play; the index stays the same', async () => {
  const before = await readAlbum()
  await set(contents[0].id, { expiresAt: new Date(Date.now() - 1000) })
  const states = async () => (await readAlbum()).photos.map(({ unique_id, state, video }) => [unique_id, state, video === null])
  assert.deepEqual(await states(), [[contents[1].unique_id, 'ready', false], [contents[0].unique_id, 'expired', true]])
  assert.equal((await readAlbum()).index_url, before.index_url)
  await set(contents[1].id, { status: 'archived' })
  assert.deepEqual(await states(), [[contents[0].unique_id, 'expired', true], [contents[1].unique_id, 'archived', true]])
  const ended = await world.guest('GET', `/p/${code}`)
  assert.equal(ended.status, 403)
  assert.ok(ended.text.includes(page.expiredHeading))
  await set(contents[0].id, { expiresAt: null, status: 'processing', markerStatus: 'processing' })
  assert.ok((await world.guest('GET', `/p/${code}`)).text.includes(page.preparingHeading))
  await set(contents[0].id, { status: 'ready', markerStatus: 'ready' })
  await set(contents[1].id, { status: 'ready' })
})

test('the same photo in two orders is in the album once, with the newest video that plays', async () => {
  const again = await waitUntilProcessed(world, (await upload(world, { ...studio, photo: await readFile(path.join(samples, 'coffee.png')) })).body.id)
  const coffee = async () => (await readAlbum()).photos.filter((photo) => photo.target_url === contents[1].target_url).map(({ unique_id }) => unique_id)
  assert.deepEqual(await coffee(), [again.unique_id])
  await set(again.id, { expiresAt: new Date(Date.now() - 1000) })
  assert.deepEqual(await coffee(), [contents[1].unique_id])
})

test('a change of a video is seen in the album at once', async () => {
  assert.equal((await readAlbum()).photos.length, 2)
  await world.running.app.db.updateTable('videos').set({ status: 'failed' }).where('arContentId', '=', contents[0].id).execute()
  await world.running.app.cache.settle()
  assert.equal((await readAlbum()).photos.find((photo) => photo.unique_id === contents[0].unique_id)?.state, 'no_video')
})

test('a project that is not active has no album', async () => {
  await world.running.app.db.updateTable('projects').set({ status: 'archived' }).where('id', '=', studio.projectId).execute()
  await world.running.app.cache.settle()
  assert.equal((await world.guest('GET', `/p/${code}`)).status, 404)
  assert.equal((await world.guest('GET', `/api/viewer/albums/${code}`)).status, 404)
})
