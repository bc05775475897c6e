import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLogFile, type LogFile } from './log.ts'
import { readServerState } from './previous.ts'
import type { Way } from './privileges.ts'
import { serverArguments, serverEnvironment } from './settings.ts'

/** Recovery after a crash replays at most max_wal_size of log; slow disks need minutes for it. */
const READY_TIMEOUT_MS = 300_000
const READY_POLL_MS = 3
/** A server's last processes may outlive a killed server for a moment, and bar the next one's way. */
const LEFTOVERS_TIMEOUT_MS = 15_000
const LEFTOVERS_RETRY_MS = 50
const LEFTOVERS = /still in use|lock file .* already exists/

/**
 * The supervisor: starts the server, says its pid, and ends it when the pipe from us (3) closes, whether we closed it
 * or died: a fast shutdown, after 20 s an immediate one, after 5 more none at all. In a session of its own, so that Ctrl-C in a terminal
 * reaches only us, and deaf to the signals that end a service's processes all at once: we still have work to finish.
 */
const SUPERVISOR = `
trap '' HUP INT TERM
"$@" >&4 2>&1 3<&- 4>&- & server=$!
{
  read -r nothing <&3
  kill -INT $server
  for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 1; done
  kill -QUIT $server
  sleep 5
  kill -KILL $server
} >/dev/null 2>&1 4>&- & watcher=$!
echo $server
exec 3<&- 4>&- >/dev/null
wait $server; code=$?
kill -KILL $watcher
exit $code
`

export type ServerOptions = { dataDir: string; cluster: string; socketFolder: string; bin: string; way: Way }

/** `ended` resolves when the server is gone, for whatever reason. `stop` asks for that and waits. */
export type Server = { pid: number; ended: Promise<void>; stop(): Promise<void> }

/** Starts the server and waits until it takes connections. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const deadline = Date.now() + LEFTOVERS_TIMEOUT_MS
  for (;;) {
    try {
      return await startOnce(options)
    } catch (error) {
      if (!LEFTOVERS.test((error as Error).message) || Date.now() > deadline) throw error
      await sleep(LEFTOVERS_RETRY_MS)
    }
  }
}

async function startOnce(options: ServerOptions): Promise<Server> {
  const logPath = join(options.dataDir, 'postgresql.log')
  const log = await openLogFile(logPath)
  const supervisor = startSupervisor(options, log)
  const ended = once(supervisor, 'exit').then(() => log.close())
  const pipe = supervisor.stdio[3] as Socket
  pipe.on('error', () => {})
  const stop = async () => {
    supervisor.ref()
    pipe.destroy()
    await ended
  }
  try {
    const pid = await readPid(supervisor)
    await waitUntilReady(options.cluster, pid, supervisor)
    // A program that has nothing else to do may end; the server then ends too.
    supervisor.unref()
    pipe.unref()
    return { pid, ended, stop }
  } catch (error) {
    const excerpt = await log.excerpt()
    await stop()
    throw new Error(`The database did not start: ${(error as Error).message}. Its log, ${logPath}, says:\n${excerpt}`, { cause: error })
  }
}

function startSupervisor({ dataDir, cluster, socketFolder, bin, way }: ServerOptions, log: LogFile): ChildProcess {
  const command = [...way.prefix, join(bin, 'postgres'), ...serverArguments(cluster, socketFolder)]
  return spawn('/bin/sh', ['-c', SUPERVISOR, 'arv-postgresql', ...command], {
    cwd: dataDir,
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', log.file.fd, 'pipe', log.file.fd],
  })
}

async function readPid(supervisor: ChildProcess): Promise<number> {
  let text = ''
  for await (const piece of supervisor.stdout!) text += piece
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid)) throw new Error('its supervisor failed')
  return pid
}

async function waitUntilReady(cluster: string, pid: number, supervisor: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (Date.now() < deadline) {
    const state = await readServerState(cluster)
    if (state?.pid === pid && state.ready) return
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) {
      throw new Error(`it ended with ${supervisor.exitCode ?? supervisor.signalCode}`)
    }
    await sleep(READY_POLL_MS)
  }
  throw new Error(`it was not ready within ${READY_TIMEOUT_MS / 1000} s`)
}
