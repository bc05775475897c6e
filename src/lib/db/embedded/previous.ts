import { execFile } from 'node:child_process'
import { readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** Signals for a server that must end, each with the time it then gets: fast shutdown, immediate, none asked. */
const ENDING: [NodeJS.Signals, number][] = [['SIGINT', 20_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]]
const POLL_MS = 5

export type ServerState = { pid: number; socketFolder: string; ready: boolean }

/** What the running, or last, server of this cluster wrote about itself. */
export async function readServerState(cluster: string): Promise<ServerState | undefined> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number.parseInt(lines[0], 10)
  // Line 5 is the socket's folder, line 8 the server's status (LOCK_FILE_LINE_… in PostgreSQL's pidfile.h).
  return Number.isInteger(pid) ? { pid, socketFolder: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' } : undefined
}

/**
 * Ends the server that a killed ARV left in this cluster; most often its supervisor is doing so already. A pid that by
 * now is some other process' (a container started anew counts from 1 again) would make PostgreSQL refuse to start, so
 * the file that names it goes. The caller owns the data folder.
 */
export async function endPreviousServer(cluster: string): Promise<void> {
  const state = await readServerState(cluster)
  if (!state) return
  for (const [signal, patience] of ENDING) {
    if (!(await isServerOf(cluster, state.pid))) break
    signalProcess(state.pid, signal)
    await waitForEnd(cluster, state.pid, patience)
  }
  if (isAlive(state.pid) && (await readServerState(cluster))?.pid === state.pid) await rm(pidFile(cluster), { force: true })
}

async function waitForEnd(cluster: string, pid: number, patience: number): Promise<void> {
  const deadline = Date.now() + patience
  while (Date.now() < deadline && (await isServerOf(cluster, pid))) await sleep(POLL_MS)
}

/** A server stands in its cluster's folder from start to end, which no other process of ours does. */
async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === cluster
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.includes(`-D ${cluster}`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid')
}
