import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { createForm, createStudio, createVideo, samples, upload, waitFor, waitForQuiet, waitUntilProcessed } from '../../test/factories.ts'
import type { UploadOptions } from '../../test/factories.ts'
import { testDatabase } from '../../test/postgres.ts'
import { startServer } from '../../test/server.ts'
import { administrator, createCall, startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'

type Failure = { error: { code: string; message: string; details?: Record<string, unknown>; requestId: string } }

let world: World
let studio: { companyId: number; projectId: number }

before(async () => {
  world = await startWorld()
  studio = await createStudio(world)
})
after(async () => await world.stop())

/** Counts what an upload may leave behind: rows, stored files, files in the making. */
async function countTraces(): Promise<Record<string, number>> {
  const { db, storage } = world.running.app
  const count = async (table: 'arContent' | 'photos' | 'videos' | 'tasks') => Number((await db.selectFrom(table).select((expression) => expression.fn.countAll().as('n')).executeTakeFirstOrThrow()).n)
  const files = (await readdir(path.join(world.dataDir, 'storage/files'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  return { content: await count('arContent'), photos: await count('photos'), videos: await count('videos'), tasks: await count('tasks'), files: files.length, incoming: (await readdir(storage.incoming)).length }
}

/** The answer is this error, in words, and nothing is left of the upload. */
async function expectRefusal(code: string, status: number, options: UploadOptions): Promise<Failure['error']> {
  await waitForQuiet(world)
  const before = await countTraces()
  const answer = await upload<Failure>(world, options)
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.body.error.code, code)
  assert.ok(answer.body.error.message.length > 20)
  assert.ok(!/\{\w+\}/.test(answer.body.error.message), 'a placeholder was left unfilled')
  assert.deepEqual(await countTraces(), before)
  return answer.body.error
}

async function cutVideo(args: string[], name: string): Promise<Buffer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-upload-'))
  const file = path.join(folder, name)
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args, file])
  const bytes = await readFile(file)
  await rm(folder, { recursive: true })
  return bytes
}

test('not an image', async () => {
  await expectRefusal('photo_wrong_kind', 415, { ...studio, photo: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'.padEnd(400)) })
  await expectRefusal('photo_wrong_kind', 415, { ...studio, photo: await createVideo() })
})

test('a truncated JPEG', async () => {
  const photo = await readFile(path.join(samples, 'rocket.jpg'))
  await expectRefusal('photo_truncated', 422, { ...studio, photo: photo.subarray(0, photo.length >> 1) })
})

test('a bomb of 30,000 × 30,000 pixels', async () => {
  const photo = createPngHeader(30_000, 30_000)
  const error = await expectRefusal('photo_too_many_pixels', 422, { ...studio, photo })
  assert.match(error.message, /900/)
})

test('a photo of a few pixels', async () => {
  await expectRefusal('photo_too_small', 422, { ...studio, photo: await sharp({ create: { width: 60, height: 400, channels: 3, background: '#a33' } }).png().toBuffer() })
})

test('a photo larger than allowed', async () => {
  const photo = Buffer.concat([await readFile(path.join(samples, 'rocket.jpg')), Buffer.alloc(51 * 1024 * 1024)])
  await expectRefusal('photo_too_large', 413, { ...studio, photo })
})

test('zero bytes', async () => {
  await expectRefusal('file_empty', 400, { ...studio, photo: Buffer.alloc(0) })
  await expectRefusal('file_empty', 400, { ...studio, video: Buffer.alloc(0) })
})

test('a text file called .mp4', async () => {
  await expectRefusal('video_wrong_kind', 415, { ...studio, video: Buffer.from('this is no video, whatever its name says. '.repeat(40)) })
})

test('a video without a video track', async () => {
  await expectRefusal('video_no_video_track', 422, { ...studio, video: await cutVideo(['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac'], 'sound.mp4') })
})

test('a video cut off in the middle', async () => {
  const faststart = await createVideo()
  await expectRefusal('video_truncated', 422, { ...studio, video: faststart.subarray(0, faststart.length >> 1) })
  const indexLast = await cutVideo(['-f', 'lavfi', '-i', 'testsrc2=s=320x240:d=1', '-c:v', 'libx264', '-pix_fmt', 'yuv420p'], 'last.mp4')
  await expectRefusal('video_truncated', 422, { ...studio, video: indexLast.subarray(0, indexLast.length >> 1) })
  const matroska = await cutVideo(['-f', 'lavfi', '-i', 'testsrc2=s=320x240:d=1', '-c:v', 'libx264', '-pix_fmt', 'yuv420p'], 'cut.mkv')
  await expectRefusal('video_truncated', 422, { ...studio, video: matroska.subarray(0, matroska.length >> 1) })
})

test('a missing field', async () => {
  assert.equal((await expectRefusal('missing_field', 400, { projectId: studio.projectId })).details?.field, 'company_id')
  assert.equal((await expectRefusal('missing_field', 400, { companyId: studio.companyId })).details?.field, 'project_id')
  assert.equal((await expectRefusal('missing_field', 400, { ...studio, photo: null })).details?.field, 'photo_file')
  assert.equal((await expectRefusal('missing_field', 400, { ...studio, video: null })).details?.field, 'video_file')
})

test('fields that are wrong', async () => {
  await expectRefusal('invalid_input', 400, { ...studio, companyId: 'two' })
  await expectRefusal('invalid_input', 400, { ...studio, fields: { customer_email: 'no e-mail' } })
  await expectRefusal('invalid_input', 400, { ...studio, fields: { duration_years: '-1' } })
  await expectRefusal('invalid_input', 400, { ...studio, fields: { customer_name: 'x'.repeat(201) } })
  await expectRefusal('request_too_large', 413, { ...studio, fields: { customer_name: 'x'.repeat(20_000) } })
})

test('a project of another company, or of none', async () => {
  const other = await createStudio(world, 'Other')
  await expectRefusal('project_not_in_company', 422, { companyId: studio.companyId, projectId: other.projectId })
  await expectRefusal('project_not_in_company', 422, { companyId: studio.companyId, projectId: 999_999 })
  await expectRefusal('not_found', 404, { companyId: 999_999, projectId: studio.projectId })
})

test('a third file, or a file where words belong', async () => {
  const form = await createForm(studio)
  form.append('photo_file', new Blob(['again']), 'again.png')
  assert.equal((await world.admin<Failure>('POST', '/api/ar-content', form)).body.error.code, 'unexpected_file')
  assert.equal((await countTraces()).incoming, 0)
})

test('what no database can hold, and forms that are none, are wrong input and no fault of ours', async () => {
  await expectRefusal('invalid_input', 400, { ...studio, fields: { customer_name: 'a\u0000b' } })
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=other']) {
    assert.equal((await world.admin('POST', '/api/ar-content', '--abc\r\n', { 'content-type': type })).status < 500, true, type)
  }
})

test('a wrong token, none, and a body that is no form', async () => {
  assert.equal((await createCall(world.url, 'wrong')('POST', '/api/ar-content', await createForm(studio))).status, 401)
  assert.equal((await world.guest('POST', '/api/ar-content', await createForm(studio))).status, 401)
  assert.equal((await world.admin('POST', '/api/ar-content', { company_id: 1 })).status, 415)
})

test('an upload broken off half-way leaves nothing', async () => {
  await waitForQuiet(world)
  const before = await countTraces()
  const boundary = 'arv-boundary'
  const request = http.request(`${world.url}/api/ar-content`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.token}`, 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': 50_000_000 },
  })
  request.on('error', () => {})
  request.write(`--${boundary}\r\ncontent-disposition: form-data; name="company_id"\r\n\r\n${studio.companyId}\r\n--${boundary}\r\ncontent-disposition: form-data; name="video_file"; filename="a.mp4"\r\n\r\n`)
  request.write(Buffer.alloc(3_000_000))
  await waitFor('the first bytes on disk', async () => (await countTraces()).incoming, (files) => files > before.incoming)
  request.destroy()
  await waitFor('the end of all traces', countTraces, (traces) => JSON.stringify(traces) === JSON.stringify(before))
})

test('a photo without texture fails for good, with advice, and keeps its row', async () => {
  const photo = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#fff' } }).jpeg().toBuffer()
  const { status, body } = await upload(world, { ...studio, photo })
  assert.equal(status, 201)
  const content = await waitUntilProcessed(world, body.id)
  assert.equal(content.status, 'failed')
  assert.equal(content.marker_status, 'failed')
  assert.equal(content.failure?.code, 'photo_no_texture')
  assert.match(content.failure?.message ?? '', /contrast/)
  const russian = await world.admin<typeof content>('GET', `/api/ar-content/${body.id}`, undefined, { 'accept-language': 'ru' })
  assert.match(russian.body.failure?.message ?? '', /контраст/)
  assert.deepEqual((await world.guest('GET', `/api/viewer/ar/${body.unique_id}/check`)).body, { content_available: false, reason: 'marker_image_not_available' })
})

test('a full disk answers with an error, and no row points to a missing file', async () => {
  const database = await testDatabase()
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-full-'))
  // No file may grow past 512 KB, which to whoever writes looks just like a disk that is full.
  const server = await startServer({ dataDir, environment: { DATABASE_URL: database.url }, through: ['sh', '-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'sh'] })
  try {
    const { body: login } = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
    const admin = createCall(server.url, login.access_token)
    const there = await createStudio({ admin } as World)
    const photo = await sharp(path.join(samples, 'astronaut.png')).resize(1400).png({ compressionLevel: 0 }).toBuffer()
    const refused = await admin<Failure>('POST', '/api/ar-content', await createForm({ ...there, photo }))
    assert.equal(refused.status, 507, refused.text)
    assert.equal(refused.body.error.code, 'storage_full')
    assert.equal((await admin<{ total: number }>('GET', '/api/ar-content')).body.total, 0)
    const files = (await readdir(path.join(dataDir, 'storage'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.startsWith('owner.'))
    assert.deepEqual(files.map((file) => file.name), [])
  } finally {
    await server.kill()
    await database.drop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

/** A PNG that claims a size and holds next to nothing: what a bomb begins with. */
function createPngHeader(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(1 << 20))), chunk('IEND', Buffer.alloc(0))])
}

test('of uploads of the same photo at once, those that fail never take the file of the one that was acknowledged', async () => {
  await upload(world, { ...studio, fields: { order_number: 'taken' } })
  const refused = await sharp(path.join(samples, 'coffee.png')).resize(280).png().toBuffer()
  await expectRefusal('order_number_taken', 409, { ...studio, photo: refused, fields: { order_number: 'taken' } })
  // Last in this file: the jobs of what is accepted here go on for a while.
  for (let round = 0; round < 6; round++) {
    const photo = await sharp(path.join(samples, 'coffee.png')).resize(300 + round).png().toBuffer()
    const answers = await Promise.all([undefined, 'taken', 'taken', 'taken'].map(async (number) => await upload(world, { ...studio, photo, fields: number === undefined ? {} : { order_number: number } })))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409, 409, 409])
    const kept = answers.find((answer) => answer.status === 201)?.body
    assert.equal((await fetch(world.url + new URL(kept?.photo_url ?? '').pathname)).status, 200, `the photo of round ${round} is gone`)
  }
})
