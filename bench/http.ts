import path from 'node:path'
import { findRunningUrl } from '../src/lib/db/embedded/embedded.ts'
import { createContents } from './http/contents.ts'
import { measureManifest } from './http/manifest.ts'
import { measureRanges, storeVideo } from './http/ranges.ts'
import { compareRoutes } from './http/routes.ts'
import { goalsTable, reportGoals, round } from './load/goals.ts'
import { startArv } from './load/server.ts'
import { measureYardstick } from './load/yardstick.ts'

/** What guests ask most, beside bare `node:http` and in yardsticks beside the other system. Writes bench/out/http.json. */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const [seconds, turns, copies] = quick ? [2, 1, 2000] : [8, 5, 20_000]
  const server = await startArv()
  try {
    const contents = await createContents(server, await findRunningUrl(path.join(server.dataDir, 'postgres')), copies)
    const video = await storeVideo(server)
    const yardstick = await measureYardstick({ seconds, turns: quick ? 1 : 3 })
    console.log(`the yardstick: ${round(yardstick.cpuMs)} ms of CPU, ${Math.round(yardstick.rate)}/s`)
    const goals = [...await measureManifest(server, contents, yardstick, { seconds, turns }), ...await measureRanges(server, video, { seconds, turns })]
    const routes = await compareRoutes(server, contents, video, yardstick, quick ? 1 : seconds)
    console.log(routes)
    await reportGoals('http', { quick, goals, more: { yardstick }, table: `The yardstick of this run: ${round(yardstick.cpuMs)} ms of CPU.\n\n${goalsTable(goals)}\n\n${routes}` })
  } finally {
    await server.stop()
  }
}
