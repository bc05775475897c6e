import assert from 'node:assert/strict'
import http from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import net from 'node:net'
import { after, before, test } from 'node:test'
import zlib from 'node:zlib'
import type { ContentView } from '../src/content/schema.ts'
import { limits } from '../src/limits.ts'
import { createStudio, upload, waitUntilProcessed } from './factories.ts'
import { startWorld } from './world.ts'
import type { World } from './world.ts'

let world: World
let content: ContentView
let media: string
before(async () => {
  world = await startWorld()
  content = await waitUntilProcessed(world, (await upload(world, await createStudio(world))).body.id)
  media = new URL(content.video_url!).pathname
})
after(async () => await world.stop())

interface Raw { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** As bytes, with no header but those given: `fetch` unpacks by itself and sends headers of its own. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET', base = world.url): Promise<Raw> {
  return await new Promise((resolve, reject) => {
    const request = http.request(base + path, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) })).on('error', reject)
    })
    request.on('error', reject).end()
  })
}

const unpack: Record<string, (bytes: Buffer) => Buffer> = { br: zlib.brotliDecompressSync, zstd: zlib.zstdDecompressSync, gzip: zlib.gunzipSync }
const signedIn = () => ({ authorization: `Bearer ${world.token}` })

test('answers from 500 bytes on are packed as the reader likes, others and files are not', async () => {
  const asset = /\/assets\/viewer-[^"]+\.js/.exec((await ask(`/v/${content.code}`)).body.toString())![0]
  for (const path of [asset, `/v/${content.code}`, '/', '/admin/content', `/api/ar-content/${content.id}`, `/api/viewer/ar/${content.unique_id}/manifest`]) {
    const plain = await ask(path, signedIn())
    assert.equal(plain.status, 200, path)
    assert.equal(plain.headers['content-encoding'], undefined, path)
    for (const round of ['cold', 'warm']) {
      for (const encoding of ['br', 'zstd', 'gzip']) {
        const packed = await ask(path, { ...signedIn(), 'accept-encoding': encoding })
        assert.equal(packed.headers['content-encoding'], encoding, `${path} ${round}`)
        assert.match(packed.headers.vary ?? '', /accept-encoding/, path)
        assert.ok(packed.body.length < plain.body.length, path)
        if (!path.endsWith('manifest')) assert.deepEqual(unpack[encoding](packed.body), plain.body, `${path} ${encoding}`)
        else assert.equal((JSON.parse(unpack[encoding](packed.body).toString()) as { unique_id: string }).unique_id, content.unique_id)
      }
    }
  }
  for (const path of [media, new URL(content.photo_url).pathname, '/health/live', `/api/viewer/ar/${content.unique_id}/check`]) {
    assert.equal((await ask(path, { 'accept-encoding': 'br, gzip, zstd' })).headers['content-encoding'], undefined, path)
  }
})

test('what the reader has already is not sent again', async () => {
  for (const path of [media, `/v/${content.code}`, '/admin/content', `/api/ar-content/${content.id}`, `/api/viewer/ar/${content.unique_id}/check`]) {
    const first = await ask(path, signedIn())
    const etag = first.headers.etag!
    for (const tag of [etag, `"other", ${etag}`, '*', etag.startsWith('W/') ? etag.slice(2) : `W/${etag}`]) {
      const again = await ask(path, { ...signedIn(), 'if-none-match': tag })
      assert.deepEqual([again.status, again.body.length], [304, 0], `${path} ${tag}`)
      assert.equal(again.headers.etag, etag)
      assert.ok(again.headers['cache-control'], path)
    }
    assert.equal((await ask(path, { ...signedIn(), 'if-none-match': '"other"' })).status, 200, path)
  }
})

test('every answer says who may keep it', async () => {
  const cases: [method: string, path: string, cacheControl: RegExp][] = [
    ['GET', media, /^public, max-age=31536000, immutable$/], ['GET', `/v/${content.code}`, /^public, no-cache$/], ['GET', `/api/viewer/ar/${content.unique_id}/check`, /^public, no-cache$/],
    ['GET', '/api/viewer/demo/list', /^public/], ['GET', `/api/viewer/ar/${content.unique_id}/active-video`, /^public/], ['GET', `/api/viewer/ar/${content.unique_id}/manifest`, /^no-store$/],
    ['GET', `/api/ar-content/${content.id}`, /^private/], ['GET', '/api/auth/me', /^private/], ['GET', '/admin/content', /^private/], ['POST', '/api/auth/logout', /^no-store$/],
    ['GET', '/api/nothing', /^no-store$/], ['GET', '/v/zzzzzzzzzz', /^no-cache$/], ['GET', '/health/live', /^no-store$/],
  ]
  const { token } = world
  for (const [method, path, wanted] of cases) {
    const headers = path.endsWith('logout') ? { authorization: 'Bearer wrong' } : { authorization: `Bearer ${token}` }
    for (const round of [1, 2]) assert.match((await ask(path, headers, method)).headers['cache-control'] ?? '', wanted, `${method} ${path} ${round}`)
  }
  const purged = await ask(media)
  assert.match(String(purged.headers['surrogate-key']), /^media:[0-9a-f]{64}$/)
  assert.match(String((await ask(`/v/${content.code}`)).headers['cache-tag']), new RegExp(`content:${content.id}`))
})

test('a file comes whole, in one range or in several, and never when only its headers are asked for', async () => {
  const whole = (await ask(media)).body
  const several = await ask(media, { range: 'bytes=0-9, 100-149, -20' })
  assert.equal(several.status, 206)
  assert.equal(Number(several.headers['content-length']), several.body.length)
  const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(several.headers['content-type']!)![1]
  const parts = several.body.toString('latin1').split(`\r\n--${boundary}`)
  assert.deepEqual([parts.length, parts.at(-1)], [5, '--\r\n'])
  for (const [index, [from, to]] of [[0, 9], [100, 149], [whole.length - 20, whole.length - 1]].entries()) {
    const [head, bytes] = [parts[index + 1].split('\r\n\r\n', 1)[0], parts[index + 1].slice(parts[index + 1].indexOf('\r\n\r\n') + 4)]
    assert.match(head, new RegExp(`content-type: video/mp4\r\ncontent-range: bytes ${from}-${to}/${whole.length}$`))
    assert.deepEqual(Buffer.from(bytes, 'latin1'), whole.subarray(from, to + 1))
  }
  const { etag } = (await ask(media)).headers
  const cases: [headers: Record<string, string>, status: number, bytes: number][] = [
    [{ range: 'bytes=0-9', 'if-range': etag! }, 206, 10], [{ range: 'bytes=0-9', 'if-range': `W/${etag}` }, 200, whole.length], [{ range: 'bytes=0-9', 'if-range': 'Tue, 24 Nov 2026 00:00:00 GMT' }, 200, whole.length],
    [{ range: 'bytes=0-9,5-20' }, 206, 21], [{ range: 'nonsense' }, 200, whole.length], [{ range: 'bytes=-0' }, 416, 0], [{ range: `bytes=${whole.length}-` }, 416, 0],
  ]
  for (const [headers, status, bytes] of cases) {
    const answer = await ask(media, headers)
    assert.deepEqual([answer.status, answer.body.length], [status, bytes], JSON.stringify(headers))
    if (status !== 416) continue
    assert.equal(answer.headers['content-range'], `bytes */${whole.length}`)
    assert.doesNotMatch(answer.headers['cache-control']!, /immutable/)
  }
  const head = await ask(media, { range: 'bytes=0-9' }, 'HEAD')
  assert.deepEqual([head.status, Number(head.headers['content-length']), head.headers['accept-ranges']], [200, whole.length, 'bytes'])
})

test('what lies ready is answered as the routes answer, and is true again at once when something changes', async () => {
  const paths = [`/api/viewer/ar/${content.unique_id}/check`, `/v/${content.code}`, `/view/${content.unique_id}`, `/api/viewer/ar/${content.unique_id}/manifest`]
  const comparable = ({ status, headers, body }: Raw) => {
    const { date, 'x-request-id': id, connection, 'keep-alive': alive, ...rest } = headers
    assert.ok(date && id && connection && alive === undefined)
    return { status, rest, body: body.toString().replace(/"selected_at":"[^"]+"/, '') }
  }
  for (const path of paths) {
    await ask(path)
    // A trailing slash goes the long way.
    const [ready, usual] = [await ask(path), await ask(`${path}/`)]
    const told = comparable(ready)
    if (path.startsWith('/v')) assert.deepEqual([told.status, told.rest['cache-control']], [usual.status, usual.headers['cache-control']])
    else assert.deepEqual(told, comparable(usual), path)
  }
  const moment = (answer: Raw) => Date.parse((JSON.parse(answer.body.toString()) as { video: { selected_at: string } }).video.selected_at)
  assert.ok(Math.abs(moment(await ask(paths[3])) - Date.now()) < 5000)
  const { db, cache } = world.running.app
  const set = async (values: Record<string, unknown>) => {
    await db.updateTable('arContent').set(values).where('id', '=', content.id).execute()
    await cache.settle()
  }
  await set({ orderNumber: 'Ёлка-7' })
  assert.match((await ask(paths[3])).body.toString(), /"order_number":"\\u0451|"order_number":"\\u0401/)
  assert.equal((JSON.parse((await ask(paths[3])).body.toString()) as { order_number: string }).order_number, 'Ёлка-7')
  await set({ expiresAt: new Date(Date.now() + 1500) })
  for (const path of paths) assert.equal((await ask(path)).status, 200, path)
  while (Date.now() < (await db.selectFrom('arContent').select('expiresAt').where('id', '=', content.id).executeTakeFirstOrThrow()).expiresAt!.getTime()) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(await Promise.all(paths.map(async (path) => (await ask(path)).status)), [200, 403, 403, 403], 'time alone ended it')
  assert.match((await ask(paths[0])).body.toString(), /subscription_expired/)
  await set({ expiresAt: null })
  assert.equal((await ask(paths[3])).status, 200)
})

test('whoever listens hears of every answer, by the route’s pattern', async () => {
  const heard: string[] = []
  world.running.app.answers.listen(({ method, endpoint, status }) => heard.push(`${method} ${endpoint} ${status}`))
  for (const path of [`/api/viewer/ar/${content.unique_id}/manifest`, `/v/${content.code}`, `/api/viewer/ar/${content.unique_id}/check`, '/nowhere']) {
    await ask(path)
    await ask(`${path}/`)
  }
  for (const wanted of ['GET /api/viewer/ar/:id/manifest 200', 'GET /v/:id 200', 'GET /api/viewer/ar/:id/check 200', '(none) (none) 404']) {
    assert.equal(heard.filter((one) => one === wanted).length, 2, `${wanted} in ${heard.join(', ')}`)
  }
})

test('what no route ever sees is answered in the same shape', async () => {
  const shape = (answer: Raw) => JSON.parse(answer.body.toString()) as { error: { code: string; message: string; requestId: string } }
  for (const [path, status, code] of [['/%zz', 400, 'invalid_address'], [`/v/${'a'.repeat(300)}`, 414, 'address_too_long'], [`/${'a'.repeat(limits.urlCharsMax)}`, 414, 'address_too_long']] as const) {
    const answer = await ask(path)
    assert.deepEqual([answer.status, shape(answer).error.code], [status, code], path.slice(0, 20))
    assert.ok(shape(answer).error.message.length > 20 && shape(answer).error.requestId.length > 20)
    assert.match(answer.headers['content-type']!, /json/)
  }
  for (const [text, status, code] of [['HELO there\r\n\r\n', 400, 'invalid_request'], [`GET / HTTP/1.1\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`, 431, 'headers_too_large']] as const) {
    const answer = await new Promise<string>((resolve) => {
      let all = ''
      const socket = net.connect(Number(new URL(world.url).port), '127.0.0.1')
      socket.on('data', (piece) => (all += piece)).on('close', () => resolve(all)).on('error', () => {})
      socket.write(text)
    })
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer.slice(0, 100))
    assert.equal((JSON.parse(answer.split('\r\n\r\n')[1]) as { error: { code: string } }).error.code, code)
  }
})

test('a wrong method is told from a wrong address, and which ones are right', async () => {
  for (const [method, path, allow] of [['POST', '/health/live', 'GET, HEAD'], ['DELETE', '/api/auth/login', 'POST'], ['PUT', `/v/${content.code}`, 'GET, HEAD'], ['GET', '/api/viewer/visits/', 'POST']] as const) {
    const answer = await ask(path, {}, method)
    assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${path}`)
    assert.match(answer.body.toString(), /method_not_allowed/)
  }
  assert.equal((await ask('/api/nothing', {}, 'POST')).status, 404)
})

test('what is wrong with a field is said in the reader’s language', async () => {
  const post = async (body: unknown, lang: string) => (await world.admin<{ error: { message: string } }>('POST', '/api/companies', body, { 'accept-language': lang })).body.error.message
  assert.equal(await post({ name: '' }, 'en'), 'The request is not right: the field “name” is too short: at least 1 characters are needed.')
  assert.equal(await post({ name: '' }, 'ru'), 'Запрос составлен неверно: поле «name» слишком короткое: нужно не меньше 1 символов.')
  for (const body of [{ name: 5 }, { name: 'x'.repeat(201) }, { name: 'A', contact_email: 'no' }]) assert.doesNotMatch(await post(body, 'ru'), /Invalid|expected|Too/)
  const { body } = await world.admin<{ error: { message: string } }>('GET', '/api/ar-content/seven')
  assert.match(body.error.message, /“seven”/)
})
