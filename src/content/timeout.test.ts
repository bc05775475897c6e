import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createStudio, upload, waitFor } from '../../test/factories.ts'
import { startWorld } from '../../test/world.ts'
import type { World } from '../../test/world.ts'
import type { ContentView } from './schema.ts'

let world: World
before(async () => {
  world = await startWorld({ TASK_TIMEOUT_SECONDS: '2' })
  const slow = path.join(world.dataDir, 'ffmpeg')
  await writeFile(slow, `#!/bin/sh\ncase "$*" in *libx264*) exec sleep 600;; esac\nexec ${world.running.app.programs.ffmpeg} "$@"\n`)
  await chmod(slow, 0o755)
  world.running.app.programs.ffmpeg = slow
})
after(async () => await world.stop())

test('a job that takes longer than TASK_TIMEOUT_SECONDS ends as failed, with a reason, and is not begun again', async () => {
  const file = path.join(world.dataDir, 'video.mkv')
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25:d=1', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', file])
  const { body } = await upload(world, { ...await createStudio(world), video: await readFile(file), videoName: 'video.mkv' })
  const content = await waitFor('the end of the video', async () => (await world.admin<ContentView>('GET', `/api/ar-content/${body.id}`)).body, ({ videos }) => videos[0].status === 'failed')
  assert.equal(content.videos[0].failure?.code, 'video_encoding_timed_out')
  const { runs } = await world.running.app.db.selectFrom('taskJobs').select('runs').where('kind', '=', 'video').executeTakeFirstOrThrow()
  assert.equal(runs, 1)
})
