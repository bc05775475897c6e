import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { FuzzReport } from './tracker/fuzz-child.ts'

const filesWanted = 100_000
const memoryMbMax = 64
const fileMsMax = 1_000
/** The child is ended when it takes this long for everything: that is a hang. */
const timeoutMs = 15 * 60_000

/**
 * Target files of both kinds, 100,000 times damaged, half of the .arv with their checksum put right: each is read, and where it
 * is accepted, tracked with. In a process of its own, so that a crash is seen. Writes bench/out/tracker-fuzz.json.
 */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const files = quick ? 3_000 : filesWanted
  const child = path.join(import.meta.dirname, 'tracker/fuzz-child.ts')
  const report = await promisify(execFile)(process.execPath, ['--expose-gc', child, String(files)], { timeout: timeoutMs, maxBuffer: 1e7 })
    .then(({ stdout }) => JSON.parse(stdout) as FuzzReport, (error: Error) => ({ files: 0, crash: error.message.slice(-2_000) }) as Partial<FuzzReport>)
  const goal = (name: string, unit: string, text: string, measured: number | null, met: boolean) => ({ name, unit, goal: text, measured, peer: null, met })
  const wrong = report.unexpected?.length ?? null
  const goals = [
    goal('mutated target files', 'files', `≥ ${filesWanted}`, report.files!, report.files! >= filesWanted),
    goal('crashes or errors other than TrackerError', 'files', '0', report.crash ? 1 : wrong, !report.crash && wrong === 0),
    goal('slowest file', 'ms', `≤ ${fileMsMax}`, report.slowestMs ?? null, (report.slowestMs ?? Infinity) <= fileMsMax),
    goal('most memory over what a sound file needs', 'MB', `≤ ${memoryMbMax}`, report.memoryMb ?? null, (report.memoryMb ?? Infinity) <= memoryMbMax),
  ]
  const out = path.join(import.meta.dirname, 'out')
  await mkdir(out, { recursive: true })
  await writeFile(path.join(out, 'tracker-fuzz.json'), `${JSON.stringify({ benchmark: 'tracker-fuzz', quick, goals, report }, null, 1)}\n`)
  for (const { name, unit, goal: text, measured, met } of goals) console.log(`${met ? 'met   ' : 'MISSED'} ${name}: ${measured ?? '—'} ${unit} (${text})`)
  for (const problem of report.unexpected ?? []) console.log(problem)
  if (report.crash) console.log(report.crash)
  if (goals.some(({ met }) => !met) && !quick) process.exitCode = 1
}
