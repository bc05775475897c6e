import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { LoadOrder, LoadResult } from './generator.ts'
import { readUsage, usedBetween } from './processes.ts'

export type { LoadOrder, LoadResult } from './generator.ts'

/** A load on a server, and the CPU milliseconds it cost per answer. */
export interface Measured extends LoadResult {
  cpuMs: { server: number; database: number; both: number }
}

/** autocannon in a process of its own, so that neither it nor the server waits for the benchmark's own work. */
export async function sendLoad(order: LoadOrder): Promise<LoadResult> {
  const child = fork(path.join(import.meta.dirname, 'generator.ts'), { execArgv: ['--no-warnings'] })
  try {
    child.send(order)
    const [answer] = (await once(child, 'message')) as [{ result?: LoadResult; failure?: string }]
    if (answer.result === undefined) throw new Error(`the load could not be made: ${answer.failure}`)
    return answer.result
  } finally {
    child.kill()
  }
}

/**
 * Sends a load and divides what the process tree under `pid` (server, and PostgreSQL below it) used by the answers. For a database that
 * is not below the server, give its `databasePid`.
 */
export async function measureLoad(order: LoadOrder, { pid, databasePid }: { pid: number; databasePid?: number }): Promise<Measured> {
  const read = () => {
    const own = readUsage(pid)
    const beside = databasePid === undefined ? 0 : readUsage(databasePid).databaseCpuMs
    return { ...own, databaseCpuMs: own.databaseCpuMs + beside }
  }
  const before = read()
  const result = await sendLoad(order)
  const used = usedBetween(before, read())
  const per = (ms: number) => ms / Math.max(1, result.answers)
  return { ...result, cpuMs: { server: per(used.server), database: per(used.database), both: per(used.both) } }
}
