import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import sharp from 'sharp'
import { createStudio, samples, upload, waitFor, waitForQuiet, waitUntilProcessed } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { Answer, World } from '../../test/world.ts'
import type { ContentView, PhotoCheckView } from './schema.ts'
import { presentMarkerDetails } from './score.ts'

type Failure = { error: { code: string; message: string; details?: Record<string, unknown> } }

let world: World
let studio: { companyId: number; projectId: number }
let cat: Buffer
/** The cat as somebody else would save it: a little cropped, and squeezed. */
let otherCat: Buffer
let astronaut: ContentView

before(async () => {
  world = await startWorld()
  studio = await createStudio(world)
  cat = await readFile(path.join(samples, 'chelsea.png'))
  otherCat = await sharp(cat).extract({ left: 18, top: 12, width: 415, height: 276 }).jpeg({ quality: 60 }).toBuffer()
  astronaut = await waitUntilProcessed(world, (await upload(world, { ...studio, photo: await readFile(path.join(samples, 'astronaut.png')) })).body.id)
})
after(async () => await world.stop())

async function check<T = PhotoCheckView>(photo: Buffer | null, fields: Record<string, string | number> = {}, headers?: Record<string, string>): Promise<Answer<T>> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value))
  if (photo !== null) form.set('photo_file', new Blob([new Uint8Array(photo)]), 'photo')
  return await world.admin<T>('POST', '/api/photo-checks', form, headers)
}

test('a photo’s score comes with where it locks and where its detail is, and is not computed twice', async () => {
  const { marker_score: score, marker_details: details } = astronaut
  assert.ok((score ?? 0) > 60, `score ${score}`)
  assert.ok(details)
  const { conditions, grid } = details
  assert.equal(grid.values.length, grid.columns * grid.rows)
  assert.ok(new Set(grid.values).size > 10)
  assert.ok((conditions.distance_min_cm ?? 0) > 0 && (conditions.distance_max_cm ?? 0) > (conditions.distance_min_cm ?? 0))
  assert.deepEqual([conditions.print_width_cm, conditions.print_height_cm], [15, 15])
  assert.match(details.summary, /^Locks from \d+ cm to .+ for a 15×15 cm print, up to \d+° tilt, in .+ light\.$/)
  const russian = await world.admin<ContentView>('GET', `/api/ar-content/${astronaut.id}`, undefined, { 'accept-language': 'ru' })
  assert.match(russian.body.marker_details?.summary ?? '', /^Узнаётся с расстояния от \d+ см/)

  const { db } = world.running.app
  await db.updateTable('photos').set({ score: 1 }).where('sha256', '=', sha256Of(astronaut)).execute()
  const elsewhere = await createStudio(world, 'Once')
  const again = await waitUntilProcessed(world, (await upload(world, { ...elsewhere, photo: await readFile(path.join(samples, 'astronaut.png')) })).body.id)
  assert.equal(again.marker_score, 1, 'it was scored again')
  await db.updateTable('photos').set({ score }).where('sha256', '=', sha256Of(astronaut)).execute()
})

test('a copy that was cropped and saved anew is named, by both orders, in the same project and in no other', async () => {
  const album = await createStudio(world, 'Album')
  const elsewhere = await createStudio(world, 'Another album')
  const first = await waitUntilProcessed(world, (await upload(world, { ...album, photo: cat })).body.id)
  assert.deepEqual(first.look_alikes, [])
  await waitUntilProcessed(world, (await upload(world, { ...album, photo: await readFile(path.join(samples, 'coffee.png')) })).body.id)
  const copy = await waitUntilProcessed(world, (await upload(world, { ...album, photo: otherCat })).body.id)
  assert.deepEqual(copy.look_alikes.map((other) => [other.id, other.order_number]), [[first.id, first.order_number]])
  assert.ok(copy.look_alikes[0].similarity > 0.5 && copy.look_alikes[0].similarity < 1)
  const told = (await world.admin<ContentView>('GET', `/api/ar-content/${first.id}`)).body
  assert.deepEqual(told.look_alikes.map((other) => other.id), [copy.id])
  const alone = await waitUntilProcessed(world, (await upload(world, { ...elsewhere, photo: otherCat })).body.id)
  assert.deepEqual(alone.look_alikes, [])
})

test('the same file in two orders of a project is a look-alike', async () => {
  const album = await createStudio(world, 'Twice')
  const one = await waitUntilProcessed(world, (await upload(world, { ...album, photo: cat })).body.id)
  const two = await waitUntilProcessed(world, (await upload(world, { ...album, photo: cat })).body.id)
  assert.deepEqual(two.look_alikes.map((other) => [other.id, other.similarity]), [[one.id, 1]])
})

test('a photo is checked before its upload: score, words and look-alikes, and nothing is kept', async () => {
  await waitForQuiet(world)
  const before = await countTraces()
  const { status, body } = await check(await readFile(path.join(samples, 'coffee.heic')), { project_id: studio.projectId })
  assert.equal(status, 200)
  assert.deepEqual([body.width, body.height], [160, 240])
  assert.deepEqual([body.look_alikes, body.look_alikes_complete], [[], true])
  assert.ok(body.marker_details)
  assert.deepEqual(await countTraces(), before)

  const portrait = await sharp(path.join(samples, 'astronaut.png')).extract({ left: 15, top: 15, width: 480, height: 480 }).webp({ quality: 70 }).toBuffer()
  const warned = await check(portrait, { project_id: studio.projectId })
  assert.deepEqual(warned.body.look_alikes.map((other) => other.id), [astronaut.id])
  assert.deepEqual((await check(portrait)).body.look_alikes, [], 'without a project there is nothing to compare with')
  const known = await check(await readFile(path.join(samples, 'astronaut.png')), { project_id: studio.projectId })
  assert.equal(known.body.score, astronaut.marker_score, 'what is said before the upload is what is said after it')
  assert.deepEqual(known.body.look_alikes.map((other) => [other.id, other.similarity]), [[astronaut.id, 1]])
})

test('a white sheet is answered with a score of 0 and the reason', async () => {
  const sheet = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#fff' } }).png().toBuffer()
  const { status, body } = await check(sheet, { project_id: studio.projectId }, { 'accept-language': 'ru' })
  assert.equal(status, 200)
  assert.deepEqual([body.score, body.level, body.marker_details], [0, 'poor', null])
  assert.deepEqual(body.advice.map((advice) => advice.code), ['photo_no_texture'])
  assert.match(body.advice[0].message, /контраст/)
})

test('the create form gets the same as a piece of its page', async () => {
  const { status, headers, text } = await check(await readFile(path.join(samples, 'astronaut.png')), { project_id: studio.projectId }, { accept: 'text/html' })
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^text\/html/)
  assert.match(text, new RegExp(`Score ${astronaut.marker_score} of 100`))
  assert.match(text, new RegExp(`href="/admin/content/${astronaut.id}" target="_blank"`))
  assert.doesNotMatch(text, /http:/)
})

test('a check refuses what an upload would refuse, and leaves nothing', async () => {
  await waitForQuiet(world)
  await waitFor('the end of the last check’s traces', countTraces, (traces) => traces.incoming === 0)
  const before = await countTraces()
  const refuse = async (code: string, status: number, photo: Buffer | null, fields: Record<string, string | number> = {}) => {
    const answer = await check<Failure>(photo, fields)
    assert.equal(answer.body.error?.code, code, answer.text)
    assert.equal(answer.status, status)
    assert.doesNotMatch(answer.body.error.message, /\{\w+\}/)
  }
  await refuse('missing_field', 400, null)
  await refuse('file_empty', 400, Buffer.alloc(0))
  await refuse('photo_wrong_kind', 415, Buffer.from('no photo, whatever it says'.repeat(20)))
  const jpeg = await readFile(path.join(samples, 'rocket.jpg'))
  await refuse('photo_truncated', 422, jpeg.subarray(0, jpeg.length >> 1))
  await refuse('photo_truncated', 422, cat.subarray(0, cat.length >> 1))
  await refuse('photo_too_small', 422, await sharp(cat).resize(90).png().toBuffer())
  await refuse('not_found', 404, cat, { project_id: 999_999 })
  await refuse('invalid_input', 400, cat, { project_id: 'seven' })
  const form = new FormData()
  form.set('photo_file', new Blob([new Uint8Array(cat)]), 'a.png')
  form.set('video_file', new Blob([new Uint8Array(cat)]), 'b.mp4')
  assert.equal((await world.admin<Failure>('POST', '/api/photo-checks', form)).body.error.code, 'unexpected_file')
  assert.equal((await world.guest('POST', '/api/photo-checks', form)).status, 401)
  assert.equal((await world.admin<Failure>('POST', '/api/photo-checks', {})).body.error.code, 'unsupported_media_type')
  assert.deepEqual(await countTraces(), before)
})

test('what was measured is said in words: distance by the print’s size, tilt, light, and the thirds without detail', () => {
  const grid = { columns: 3, rows: 3, values: new Uint8Array([200, 90, 60, 120, 80, 90, 3, 8, 0]) }
  const landscape = presentMarkerDetails({ grid, conditions: { widthMin: 0.1, tiltMaxDegrees: 62, lightMin: 0.07 } }, { width: 3000, height: 2000 }, 'en')
  assert.equal(landscape.summary, 'Locks from 15 cm to 1.2 m for a 10×15 cm print, up to 62° tilt, in dim light.')
  assert.deepEqual(landscape.plain, ['The lower third carries no detail.'])
  const portrait = presentMarkerDetails({ grid, conditions: { widthMin: 0.1, tiltMaxDegrees: 0, lightMin: 1 } }, { width: 2000, height: 3000 }, 'ru')
  assert.equal(portrait.summary, 'Узнаётся с расстояния от 15 см до 80 см на отпечатке 10×15 см, только прямо спереди, только при ярком свете.')
  const nowhere = presentMarkerDetails({ grid, conditions: { widthMin: 1, tiltMaxDegrees: 0, lightMin: 1 } }, { width: 10, height: 10 }, 'en')
  assert.equal(nowhere.summary, 'It locked on none of the simulated views.')
  assert.equal(nowhere.conditions.distance_max_cm, null)
})

function sha256Of(content: ContentView): string {
  return new URL(content.photo_url).pathname.split('/')[2]
}

/** Rows and files that a check may not leave behind. */
async function countTraces(): Promise<Record<string, number>> {
  const { db, storage } = world.running.app
  const { photos } = await db.selectFrom('photos').select((expression) => expression.fn.countAll<number>().as('photos')).executeTakeFirstOrThrow()
  return { photos: Number(photos), incoming: (await readdir(storage.incoming)).length }
}
