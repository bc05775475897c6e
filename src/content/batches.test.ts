import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import sharp from 'sharp'
import { createStudio, samples, upload, waitFor, waitForQuiet, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import { limits } from '../limits.ts'
import { targetVersion } from '../media/media.ts'
import { recompileOutdatedLater } from './content.ts'
import type { BatchView, ContentView } from './schema.ts'

let world: World
let first: ContentView
let second: ContentView

before(async () => {
  world = await startWorld()
  const studio = await createStudio(world)
  const photo = await sharp(path.join(samples, 'coffee.png')).resize(320).png().toBuffer()
  first = await waitUntilProcessed(world, (await upload(world, studio)).body.id)
  second = await waitUntilProcessed(world, (await upload(world, { ...studio, photo })).body.id)
})
after(async () => await world.stop())

async function runBatch(action: string, ids: number[]): Promise<BatchView> {
  const { status, body } = await world.admin<{ task_id: string }>('POST', '/api/ar-content/batch', { action, ids })
  assert.equal(status, 202)
  const ask = async () => (await world.admin<BatchView>('GET', `/api/tasks/${body.task_id}`)).body
  return await waitFor('the end of the batch', ask, (batch) => batch.status === 'ready' || batch.status === 'failed')
}

test('a batch answers at once with a task, which tells what became of each', async () => {
  const batch = await runBatch('recompile', [first.id, 999_999, second.id, first.id])
  assert.deepEqual(batch.items.map((item) => [item.id, item.status, item.failure?.code]), [
    [first.id, 'ready', undefined], [999_999, 'failed', 'not_found'], [second.id, 'ready', undefined],
  ])
  assert.equal(batch.progress, 1)
  assert.equal(batch.status, 'failed', 'one of them failed')
  assert.ok(batch.items[1].failure!.message.length > 10)
  assert.notEqual(batch.finished_at, null)
})

test('compiling again brings back a target that was lost, and guests are served all the while', async () => {
  const key = new URL(first.target_url!).pathname.replace('/media/', '')
  const { storage } = world.running.app
  await storage.remove(key)
  const check = async () => (await world.guest<{ content_available: boolean }>('GET', `/api/viewer/ar/${first.unique_id}/check`)).body.content_available
  const { body } = await world.admin<{ task_id: string }>('POST', '/api/ar-content/batch', { action: 'recompile', ids: [first.id] })
  await waitFor('the end of the batch', async () => {
    assert.equal(await check(), true)
    return (await world.admin<BatchView>('GET', `/api/tasks/${body.task_id}`)).body
  }, (batch) => batch.status === 'ready')
  assert.ok(await storage.find(key))
  const { marker_score } = (await world.admin<ContentView>('GET', `/api/ar-content/${first.id}`)).body
  assert.equal(marker_score, first.marker_score)
})

test('what an older version compiled is compiled again at the start, once', async () => {
  const { db } = world.running.app
  await db.updateTable('photos').set({ targetVersion: 1 }).execute()
  assert.equal(await recompileOutdatedLater(db), 2)
  const ask = async () => await db.selectFrom('photos').select('targetVersion').where('targetVersion', '=', targetVersion).execute()
  await waitFor('new targets', ask, (photos) => photos.length === 2)
  await waitForQuiet(world)
  assert.equal(await recompileOutdatedLater(db), 0)
})

test('previews are made again', async () => {
  const keys = second.previews.map((preview) => new URL(preview.url).pathname.replace('/media/', ''))
  for (const key of keys) await world.running.app.storage.remove(key)
  assert.equal((await runBatch('previews', [second.id])).status, 'ready')
  for (const key of keys) assert.ok(await world.running.app.storage.find(key), key)
})

test('a content that had failed can become ready', async () => {
  const { db, storage } = world.running.app
  await db.updateTable('arContent').set({ status: 'failed', markerStatus: 'failed', markerFailure: 'target_failed' }).where('id', '=', second.id).execute()
  assert.equal((await runBatch('recompile', [second.id])).status, 'ready')
  assert.equal((await world.admin<ContentView>('GET', `/api/ar-content/${second.id}`)).body.status, 'ready')
  // And one that cannot be compiled any more goes on with the target that it has.
  await storage.remove(`${await hashOf(second)}/photo.png`)
  await storage.adopt(await writeIncoming('no photo'), `${await hashOf(second)}/photo.png`)
  const batch = await runBatch('recompile', [second.id])
  assert.equal(batch.items[0].status, 'failed')
  assert.match(batch.items[0].failure?.code ?? '', /^photo_/)
  assert.equal((await world.guest<{ content_available: boolean }>('GET', `/api/viewer/ar/${second.unique_id}/check`)).body.content_available, true)
})

test('what a batch may not ask for is told, and is done to nobody', async () => {
  const ask = async (body: unknown) => (await world.admin('POST', '/api/ar-content/batch', body)).status
  assert.equal(await ask({ action: 'explode', ids: [1] }), 400)
  assert.equal(await ask({ action: 'recompile', ids: [] }), 400)
  assert.equal(await ask({ action: 'recompile', ids: Array.from({ length: limits.batchItemsMax + 1 }, (_, index) => index + 1) }), 400)
  assert.equal((await world.guest('POST', '/api/ar-content/batch', { action: 'recompile', ids: [1] })).status, 401)
  assert.equal((await world.admin('GET', '/api/tasks/00000000-0000-4000-8000-000000000000')).status, 404)
})

async function hashOf(content: ContentView): Promise<string> {
  return new URL(content.photo_url).pathname.split('/')[2]
}

async function writeIncoming(text: string): Promise<string> {
  const file = path.join(world.running.app.storage.incoming, 'written')
  await (await import('node:fs/promises')).writeFile(file, text)
  assert.equal(await readFile(file, 'utf8'), text)
  return file
}
