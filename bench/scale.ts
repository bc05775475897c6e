import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { limits } from '../src/limits.ts'
import { measureSet } from './scale/set.ts'
import { measureTwoWebs } from './scale/webs.ts'

/** Two web processes beside one, and the whole set behind nginx. Writes bench/out/scale.json. */
export async function run({ quick }: { quick: boolean }): Promise<void> {
  const webs = await measureTwoWebs({ rounds: quick ? 3 : 7, seconds: quick ? 3 : 8 })
  console.log(`one web process ${webs.one.toFixed(0)}/s, two ${webs.two.toFixed(0)}/s; CPU per request ${webs.cpuMs.toFixed(1)} ms, of the generator ${webs.generatorCpuMs.toFixed(2)} ms`)
  const set = await measureSet({ writes: quick ? 20 : 200 })
  const goals = [
    { name: '4.7-two-web', unit: 'times the requests of one web process, on a route of CPU alone', goal: '≥ 1.7', measured: round(webs.ratio), peer: 1, met: webs.ratio >= 1.7 },
    { name: '4.7-two-web-cpu', unit: 'ms of CPU of the web process per request of that route', goal: '≥ 5', measured: round(webs.cpuMs), peer: null, met: webs.cpuMs >= 5 },
    { name: '4.7-two-web-generator', unit: 'ms of CPU of the generator per request', goal: '≤ 1', measured: round(webs.generatorCpuMs), peer: null, met: webs.generatorCpuMs <= 1 },
    ...(['redis', 'notify'] as const).map((way) => ({
      name: `4.7-nginx-seen-${way}`, unit: 'ms after an acknowledged write through nginx until the other web process was last asked and told the old', goal: `≤ ${limits.cacheStalenessMaxMs}`,
      measured: round(set.oldUntilMs[way]), peer: null, met: set.oldUntilMs[way] <= limits.cacheStalenessMaxMs,
    })),
    { name: '4.7-nginx-redis-failed', unit: `requests of ${set.requests} through nginx while Redis was stopped, started and hung`, goal: '≤ 0', measured: set.failed, peer: null, met: set.failed === 0 },
  ]
  await writeFile(path.join(import.meta.dirname, 'out/scale.json'), `${JSON.stringify({ goals }, null, 2)}\n`)
  console.table(goals)
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}

export default run
