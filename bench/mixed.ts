import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createStudio, samples, upload, waitUntilProcessed } from '../test/factories.ts'
import { atLeast, atMost, goalsTable, percentile, reportGoals } from './load/goals.ts'
import { askSteadily } from './load/openloop.ts'
import { startArv } from './load/server.ts'
import { sendForms } from './load/uploader.ts'
import { padVideo } from './load/uploads.ts'

const uploadBytes = 200e6
const uploads = 4
const perSecond = 200

/** Guests who come steadily while studios upload and videos are encoded. Writes bench/out/mixed.json. */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const [seconds, turns] = quick ? [8, 1] : [20, 5]
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-bench-mixed-'))
  const server = await startArv()
  try {
    const studio = await createStudio(server as never)
    const fields = { company_id: String(studio.companyId), project_id: String(studio.projectId) }
    const first = await waitUntilProcessed(server as never, (await upload(server as never, studio)).body.id)
    const address = `${server.url}/api/viewer/ar/${first.unique_id}/manifest`
    const visitor = { rate: perSecond, seconds, headers: { 'user-agent': 'ARV/1 (Android 16; Mobile)' } }
    const film = await createFilm(path.join(folder, 'film.mp4'))
    await askSteadily(address, { ...visitor, seconds: 3 })
    const [idle, busy] = [[], []] as [number[][], number[][]]
    let failed = 0
    let encoded = 0
    for (let turn = 0; turn < turns; turn++) {
      const quiet = await askSteadily(address, visitor)
      idle.push(quiet.latenciesMs)
      const files = await Promise.all(Array.from({ length: uploads }, async (_, index) => {
        const file = path.join(folder, `${turn}-${index}.mp4`)
        await padVideo(film, file, uploadBytes, 1 + turn * uploads + index)
        return file
      }))
      const sending = sendForms({ url: server.url, token: server.token, fields, photo: path.join(samples, 'chelsea.png'), videos: files })
      const loaded = await askSteadily(address, visitor)
      busy.push(loaded.latenciesMs)
      failed += quiet.failed + loaded.failed
      for (const { status, text } of await sending) {
        if (status !== 201) throw new Error(`an upload was answered ${status}: ${text}`)
        encoded++
        await waitUntilProcessed(server as never, (JSON.parse(text) as { id: number }).id)
      }
      for (const file of files) await rm(file)
    }
    const p99 = (lists: number[][]) => percentile(lists.map((list) => percentile(list, 0.99)), 0.5)
    const [calm, loaded] = [p99(idle), p99(busy)]
    console.log(`p50 ${percentile(idle.flat(), 0.5).toFixed(2)} ms and ${percentile(busy.flat(), 0.5).toFixed(2)} ms, p99 ${calm.toFixed(2)} ms and ${loaded.toFixed(2)} ms`)
    const goals = [
      atMost(3, { name: '4.6-mixed-p99', unit: `of the idle p99, ${perSecond} manifests a second, ${uploads} uploads of 200 MB and their encoding beside them (${loaded.toFixed(1)} ms of ${calm.toFixed(1)} ms)`, measured: loaded / calm, peer: 1 }),
      atMost(0, { name: '4.6-mixed-errors', unit: 'failed manifests', measured: failed }),
      atLeast(uploads * turns, { name: '4.6-mixed-uploads', unit: 'uploads answered and their videos processed', measured: encoded }),
    ]
    await reportGoals('mixed', { quick, goals, table: goalsTable(goals) })
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Half a minute that no phone takes as it is, so that the server has to encode it. */
async function createFilm(file: string): Promise<Buffer> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=30:d=20', '-c:v', 'mpeg4', '-q:v', '4', file])
  return await readFile(file)
}
