import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { crashRepeatedly } from '../test/crash.ts'

/** `kill -9` of the server again and again while it compiles and encodes; writes bench/out/crash.json. */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const kills = quick ? 5 : 20
  const report = await crashRepeatedly({ kills, seed: 20, onKill: (line) => console.log(line) })
  const slowestRestartMs = Math.max(...report.restartsMs)
  const goals = [
    { name: 'kills in the middle of the work', unit: 'kills', goal: `= ${kills}`, measured: report.kills, peer: null, met: report.kills === kills },
    { name: 'acknowledged uploads', unit: 'uploads', goal: `≥ ${kills}`, measured: report.acknowledged, peer: null, met: report.acknowledged >= kills },
    { name: 'uploads lost, done twice or left half done', unit: 'problems', goal: '= 0', measured: report.problems.length, peer: null, met: report.problems.length === 0 },
    { name: 'slowest restart to ready', unit: 'ms', goal: '≤ 3000', measured: slowestRestartMs, peer: null, met: slowestRestartMs <= 3000 },
  ]
  await writeFile(path.join(import.meta.dirname, 'out/crash.json'), `${JSON.stringify({ benchmark: 'crash', quick, report, goals }, null, 1)}\n`)
  for (const goal of goals) console.log(`${goal.met ? 'met   ' : 'MISSED'} ${goal.name}: ${goal.measured} ${goal.unit} (${goal.goal})`)
  for (const problem of report.problems) console.log(problem)
  if (goals.some((goal) => !goal.met)) process.exitCode = 1
}
