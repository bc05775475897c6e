import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { poseFromCamera } from '../../packages/tracker/src/simulate.ts'
import type { ContentView, TaskView } from '../../src/content/schema.ts'
import { limits } from '../../src/limits.ts'
import { createForm, createStudio, samples, upload, waitFor, waitUntilProcessed } from '../factories.ts'
import { endProcesses, findProcesses } from '../processes.ts'
import { startRedis } from '../redis.ts'
import type { TestRedis } from '../redis.ts'
import { startScale } from '../scale.ts'
import type { World } from '../world.ts'
import { launchBrowser } from './browser.ts'
import { writeCameraFile } from './camera.ts'

let folder: string
let redis: TestRedis
let scale: ChildProcess
let readOutput: () => string
/** Through nginx, and through each of the web processes behind it. */
let nginx: World
let webs: World[]
let token: string
let studio: { companyId: number; projectId: number }
let content: ContentView

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-scale-'))
  redis = await startRedis()
  const started = await startScale({ dataDir: path.join(folder, 'data'), environment: { REDIS_URL: redis.url } })
  ;({ child: scale, nginx, webs, token } = started)
  readOutput = started.output
  studio = await createStudio(nginx)
}, { timeout: 240_000 })

after(async () => {
  if (scale?.exitCode === null) scale.kill('SIGKILL')
  endProcesses(folder)
  await redis.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('an upload through one web process is worked on by the worker, followed over the other, and ready through nginx', async () => {
  const photo = await readFile(path.join(samples, 'astronaut.png'))
  const answer = await webs[0].admin<ContentView>('POST', '/api/ar-content', await createForm({ ...studio, photo }))
  assert.equal(answer.status, 201)
  const stream = await fetch(`${webs[1].url}/api/tasks/${answer.body.task_id}/events`, { headers: { authorization: `Bearer ${token}` } })
  const events = (await stream.text()).split('\n').filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)) as TaskView)
  assert.equal(events.at(-1)?.status, 'ready')
  content = await waitUntilProcessed(nginx, answer.body.id)
  assert.equal(content.status, 'ready')
})

test('progress arrives through nginx while the work goes on, not at its end', async () => {
  const { body } = await upload<ContentView>(nginx, { ...studio, fields: { order_number: 'followed' } })
  const stream = await fetch(`${nginx.url}/api/tasks/${body.task_id}/events`, { headers: { authorization: `Bearer ${token}` } })
  assert.match(stream.headers.get('content-type') ?? '', /event-stream/)
  const { value } = await stream.body!.getReader().read()
  assert.match(Buffer.from(value!).toString(), /retry|event: progress/)
})

test('media come from nginx’ own store the second time, whole and in parts', async () => {
  const address = nginx.url + new URL(content.video_url!).pathname
  const whole = await fetch(address)
  const bytes = Buffer.from(await whole.arrayBuffer())
  assert.equal(whole.headers.get('content-length'), String(bytes.length))
  const again = await fetch(address, { headers: { range: 'bytes=4-7' } })
  assert.deepEqual([again.status, await again.text(), again.headers.get('x-cache')], [206, 'ftyp', 'HIT'])
  assert.equal(again.headers.get('content-range'), `bytes 4-7/${bytes.length}`)
  const tail = await fetch(address, { headers: { range: `bytes=${bytes.length - 9}-` } })
  assert.ok(Buffer.from(await tail.arrayBuffer()).equals(bytes.subarray(-9)))
})

test('a guest sees the video on the photo, through nginx', async () => {
  const camera = path.join(folder, 'film.mjpeg')
  const poses = Array.from({ length: 24 }, (_, index) => poseFromCamera({
    fovDegrees: 50, frameWidth: 640, frameHeight: 480, photoAspect: 1, tilt: 15 + 5 * Math.sin(index / 4), tiltDirection: 15 * index, roll: 3, widthFraction: 0.45, centreX: 0.5, centreY: 0.46,
  }))
  await writeCameraFile({ photoPath: path.join(samples, 'astronaut.png'), poses, width: 640, height: 480, path: camera })
  const browser = await launchBrowser({ camera })
  try {
    const page = await (await browser.newContext({ permissions: ['camera'] })).newPage()
    await page.goto(`${nginx.url}/v/${content.code}`)
    await page.click('#open')
    await page.locator('#stage[data-found=true]').waitFor({ timeout: 120_000 })
    await waitFor('the video to play', async () => await page.evaluate<number>("document.querySelector('video').currentTime"), (time) => time > 0)
  } finally {
    await browser.close()
  }
})

/** After an acknowledged write through one web process, whoever asks the other 100 ms later is told of it. */
async function assertSeen(rounds: number): Promise<void> {
  const list = async (world: World) => (await world.admin('GET', '/api/companies?limit=100')).text
  for (let round = 0; round < rounds; round++) {
    const [writer, reader] = round % 2 === 0 ? webs : webs.toReversed()
    const name = `Studio ${Math.random().toString(36).slice(2)}`
    await list(reader)
    assert.equal((await writer.admin('POST', '/api/companies', { name, contact_email: null })).status, 201)
    await sleep(limits.cacheStalenessMaxMs)
    assert.ok((await list(reader)).includes(name), `round ${round}`)
  }
}

test('what one web process wrote, the other shows within 100 ms', async () => {
  await assertSeen(8)
})

test('Redis stopped, started and hanging under load: no request fails, and nothing stale is told without it', async () => {
  const paths = [`/api/viewer/ar/${content.unique_id}/check`, `/v/${content.code}`, '/api/companies', `/api/ar-content/${content.id}`]
  const seen = { requests: 0, failures: [] as string[] }
  let isOver = false
  const load = Promise.all(Array.from({ length: 8 }, async (_, index) => {
    for (let round = 0; !isOver; round++) {
      const address = paths[(index + round) % paths.length]
      const status = await nginx.admin('GET', address).then((answer) => answer.status, (error: Error) => error.message)
      seen.requests++
      if (status !== 200) seen.failures.push(`${address}: ${status}`)
    }
  }))
  await sleep(300)
  await redis.kill()
  await assertSeen(4)
  await redis.start()
  await sleep(1000)
  redis.hang()
  await sleep(1000)
  redis.goOn()
  await sleep(500)
  await assertSeen(2)
  isOver = true
  await load
  assert.deepEqual(seen.failures, [])
  assert.ok(seen.requests > 50, `only ${seen.requests} requests`)
})

test('one web process is killed under load: nobody who reads is told of it, and it comes back', async () => {
  const pid = Number(/"pid":(\d+)[^\n]*"url":"http:\/\/127\.0\.0\.1:\d+"[^\n]*"web is ready"/.exec(readOutput())?.[1])
  process.kill(pid, 'SIGKILL')
  for (let index = 0; index < 40; index++) assert.equal((await nginx.guest('GET', `/api/viewer/ar/${content.unique_id}/check`)).status, 200)
  await waitFor('both to answer', async () => await Promise.all(webs.map(async (web) => await web.guest('GET', '/health/ready').then((answer) => answer.status, () => 0))), (all) => all.every((status) => status === 200))
})

test('Ctrl-C stops everything', async () => {
  const ended = once(scale, 'exit')
  scale.kill('SIGINT')
  const [code] = (await ended) as [number]
  assert.equal(code, 0, readOutput().slice(-2000))
  await waitFor('the end of every process', async () => findProcesses(path.join(folder, 'data')), (found) => found.length === 0)
})
