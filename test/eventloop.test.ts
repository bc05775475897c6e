import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import http from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { createForm, createStudio, samples, waitFor } from './factories.ts'
import { endProcesses } from './processes.ts'
import { startServer } from './server.ts'
import type { ServerProcess } from './server.ts'
import { administrator, createCall } from './world.ts'
import type { World } from './world.ts'

let folder: string
let server: ServerProcess
let world: World
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-loop-'))
  server = await startServer({ dataDir: path.join(folder, 'data') })
  const { body } = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  world = { url: server.url, admin: createCall(server.url, body.access_token) } as World
})
after(async () => {
  await server.kill()
  endProcesses(folder)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('while photos are checked, compiled, scored and drawn and videos encoded, the server answers as it does beside any busy program', async (context) => {
  const studio = await createStudio(world)
  const video = path.join(folder, 'video.mkv')
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=30:d=4', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', video])
  // A photo that is as large as those of a good camera.
  const photo = await sharp(path.join(samples, 'hubble_deep_field.jpg')).resize(4000).jpeg().toBuffer()
  const form = async () => await createForm({ ...studio, photo, video: await readFile(video), videoName: 'video.mkv' })
  const [first, second] = [await form(), await form()]
  const startedAt = performance.now()
  const working = watchAnswers(async () => {
    const uploads = await Promise.all([first, second].map(async (one) => await world.admin<{ id: number }>('POST', '/api/ar-content', one)))
    for (const { body } of uploads) await waitFor('the end of its jobs', async () => (await world.admin<{ task: { status: string } }>('GET', `/api/ar-content/${body.id}`)).body.task.status, (status) => status === 'ready')
  })
  const work = await working
  const tookMs = performance.now() - startedAt
  const burners = Array.from({ length: os.availableParallelism() + 1 }, () => spawn(process.execPath, ['-e', 'for (;;) {}'], { stdio: 'ignore' }))
  const control = await watchAnswers(async () => await sleep(Math.min(tookMs, 10_000)))
  for (const burner of burners) burner.kill('SIGKILL')
  const told = { work: describe(work), control: describe(control) }
  context.diagnostic(JSON.stringify(told))
  assert.ok(work.length > 20, 'too few answers to tell anything')
  // A tenth of a second of decoding, hashing or compiling on the event loop would show in every answer that waits for it.
  assert.ok(told.work.p95 <= 3 * told.control.p95 + 50, JSON.stringify(told))
})

/** Milliseconds to each answer, asked for every 20 ms whatever became of those before, for as long as `work` goes on. */
async function watchAnswers(work: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  const asked: Promise<void>[] = []
  const timer = setInterval(() => asked.push(ask().then((ms) => void times.push(ms))), 20)
  await work()
  clearInterval(timer)
  await Promise.all(asked)
  return times
}

const agent = new http.Agent({ keepAlive: true })

async function ask(): Promise<number> {
  const startedAt = performance.now()
  await new Promise<void>((resolve, reject) => {
    http.get(`${server.url}/health/live`, { agent }, (response) => response.resume().on('end', () => resolve())).on('error', reject)
  })
  return performance.now() - startedAt
}

function describe(times: number[]): { answers: number; median: number; p95: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))])
  return { answers: times.length, median: at(0.5), p95: at(0.95), max: at(1) }
}
