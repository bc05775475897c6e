import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { findFreePort } from '../../test/server.ts'
import type { Load, LoadDone } from './generator.ts'
import { work } from './web.ts'

export interface TwoWebs {
  /** Requests per second, the median of the rounds. */
  one: number
  two: number
  ratio: number
  /** Of the web processes, per request. */
  cpuMs: number
  generatorCpuMs: number
}

const cpuMsWanted = 6
const connections = 32

/**
 * One web process and two on one port, in turns, asked by a generator in a process of its own as fast as they answer. The route costs
 * CPU of their event loops and of nobody else: what the database would add would say nothing about them.
 */
export async function measureTwoWebs({ rounds, seconds }: { rounds: number; seconds: number }): Promise<TwoWebs> {
  const codes = calibrate()
  const runs: { one: LoadDone & { cpuMs: number; webCpuMs: number }; two: LoadDone & { cpuMs: number; webCpuMs: number } }[] = []
  for (let round = 0; round < rounds; round++) runs.push({ one: await measure(1, codes, seconds), two: await measure(2, codes, seconds) })
  const all = runs.flatMap(({ one, two }) => [one, two])
  const sum = (pick: (run: (typeof all)[number]) => number) => all.reduce((total, run) => total + pick(run), 0)
  const rate = ({ requests, seconds: took }: LoadDone) => requests / took
  return {
    one: median(runs.map(({ one }) => rate(one))),
    two: median(runs.map(({ two }) => rate(two))),
    ratio: median(runs.map(({ one, two }) => rate(two) / rate(one))),
    cpuMs: sum((run) => run.webCpuMs) / sum((run) => run.requests),
    generatorCpuMs: sum((run) => run.cpuMs) / sum((run) => run.requests),
  }
}

/** How many codes cost so much CPU, once the engine is warm. */
function calibrate(): number {
  work(500)
  const cpu = process.cpuUsage()
  work(500)
  const { user, system } = process.cpuUsage(cpu)
  return Math.ceil(cpuMsWanted / ((user + system) / 1000 / 500))
}

async function measure(count: number, codes: number, seconds: number): Promise<LoadDone & { webCpuMs: number }> {
  const port = await findFreePort()
  const webs = await Promise.all(Array.from({ length: count }, async () => {
    const web = fork(path.join(import.meta.dirname, 'web.ts'), [String(port), String(codes)])
    await once(web, 'message')
    return web
  }))
  try {
    const load = { url: `http://127.0.0.1:${port}/work`, connections }
    await generate({ ...load, seconds: 1 })
    const before = readAllCpuMs(webs)
    const done = await generate({ ...load, seconds })
    return { ...done, webCpuMs: readAllCpuMs(webs) - before }
  } finally {
    for (const web of webs) {
      const ended = once(web, 'exit')
      web.disconnect()
      await ended
    }
  }
}

async function generate(load: Load): Promise<LoadDone> {
  const child = fork(path.join(import.meta.dirname, 'generator.ts'), [JSON.stringify(load)])
  const [done] = (await once(child, 'message')) as [LoadDone]
  await once(child, 'exit')
  if (done.failed > 0) throw new Error(`${done.failed} requests failed`)
  return done
}

function readAllCpuMs(processes: ChildProcess[]): number {
  return processes.reduce((sum, { pid }) => sum + readCpuMs(pid!), 0)
}

/** User and system time of a process, of all its threads; Linux only. */
function readCpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1]
}
