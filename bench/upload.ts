import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createStudio, createVideo, samples } from '../test/factories.ts'
import { startBare } from './load/bare.ts'
import { atMost, goalsTable, median, reportGoals } from './load/goals.ts'
import { readMemory } from './load/processes.ts'
import { startArv } from './load/server.ts'
import { padVideo, post, sendForm } from './load/uploads.ts'

/** A gigabyte coming in: how much memory it takes, and how long beside a bare server that writes and fsyncs the same stream. Writes bench/out/upload.json. */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const [bytes, turns] = quick ? [256e6, 1] : [1e9, 3]
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-bench-upload-'))
  const server = await startArv()
  const bare = await startBare({ kind: 'sink', file: path.join(folder, 'sink') })
  try {
    const photo = await readFile(path.join(samples, 'chelsea.png'))
    const studio = await createStudio(server as never)
    const fields = { company_id: String(studio.companyId), project_id: String(studio.projectId) }
    // The first uploads load what every later one uses.
    await padVideo(await createVideo(), path.join(folder, 'small.mp4'), 50e6, 0)
    for (let turn = 0; turn < 3; turn++) await sendForm(server, fields, photo, path.join(folder, 'small.mp4'))
    const found = []
    for (let turn = 1; turn <= turns; turn++) {
      const file = path.join(folder, `video-${turn}.mp4`)
      await padVideo(await createVideo(), file, bytes, turn)
      const peer = await post(bare.url, createReadStream(file, { highWaterMark: 1 << 20 }), { 'content-length': String((await stat(file)).size) })
      await sleep(2000)
      const before = readMemory(server.pid)
      let peak = before
      const watch = setInterval(() => { peak = Math.max(peak, readMemory(server.pid)) }, 20)
      const ours = await sendForm(server, fields, photo, file)
      clearInterval(watch)
      if (ours.status !== 201) throw new Error(`the upload was answered ${ours.status}: ${ours.text}`)
      found.push({ ours: ours.ms, bare: peer.ms, grownMb: (peak - before) / 1e6 })
      console.log(`upload ${turn}: ${Math.round(ours.ms)} ms beside ${Math.round(peer.ms)} ms, memory grew by ${Math.round(found[turn - 1].grownMb)} MB`)
      await rm(file)
    }
    const goals = [
      atMost(60, { name: '4.6-upload-memory', unit: `MB that the server grew by while ${bytes / 1e9} GB came in`, measured: Math.max(...found.map(({ grownMb }) => grownMb)) }),
      atMost(1.3, { name: '4.6-upload-time', unit: 'of a bare server that writes and fsyncs the same stream', measured: median(found.map(({ ours, bare: peer }) => ours / peer)), peer: 1 }),
    ]
    await reportGoals('upload', { quick, goals, table: goalsTable(goals), more: { found } })
  } finally {
    await bare.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
