import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import sharp from 'sharp'
import type { ContentView } from '../src/content/schema.ts'
import { createStudio, samples, upload, waitUntilProcessed } from './factories.ts'
import { startStore } from './s3.ts'
import type { TestStore } from './s3.ts'
import { startWorld } from './world.ts'
import type { World } from './world.ts'

let store: TestStore
let one: World
let other: World
before(async () => {
  store = await startStore()
  one = await startWorld(store.environment)
  other = await startWorld(store.environment, { beside: one })
})
after(async () => {
  await other.stop()
  await one.stop()
  await store.stop()
})

test('an order on an object store becomes ready, and another machine serves all its files', async () => {
  const content = await waitUntilProcessed(one, (await upload(one, await createStudio(one))).body.id)
  assert.equal(content.status, 'ready')
  for (const url of [content.photo_url, content.video_url, content.target_url, ...content.previews.map((preview) => preview.url)]) {
    const answer = await fetch(other.url + new URL(url!).pathname)
    const bytes = await answer.arrayBuffer()
    assert.deepEqual([answer.status, bytes.byteLength], [200, Number(answer.headers.get('content-length'))], url!)
  }
  const part = await fetch(other.url + new URL(content.video_url!).pathname, { headers: { range: 'bytes=4-7' } })
  assert.deepEqual([part.status, await part.text()], [206, 'ftyp'])
  for (const { dataDir } of [one, other]) await assert.rejects(readdir(path.join(dataDir, 'storage/files')), { code: 'ENOENT' }, 'nothing is kept here alone')
})

test('while the store is away an upload is refused and leaves nothing; then it goes through', async () => {
  const studio = await createStudio(one, 'Second')
  const photo = await sharp(path.join(samples, 'coffee.png')).resize(320).png().toBuffer()
  await store.stop()
  const refused = await upload<{ error: { code: string } }>(one, { ...studio, photo, fields: { order_number: 'away' } })
  await store.start()
  assert.deepEqual([refused.status, refused.body.error.code], [503, 'storage_unavailable'])
  const list = await one.admin<{ total: number }>('GET', `/api/ar-content?project_id=${studio.projectId}`)
  assert.equal(list.body.total, 0)
  assert.equal((await upload<ContentView>(other, { ...studio, photo, fields: { order_number: 'away' } })).status, 201)
})
