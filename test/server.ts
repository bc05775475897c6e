import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { administrator } from './world.ts'

export const root = path.join(import.meta.dirname, '..')

/** ARV as its own process, for what only a process can show: kills, signals, limits, other users. */
export interface ServerProcess {
  url: string
  child: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Resolves with the exit code, or null when a signal ended it. */
  ended: Promise<number | null>
  /** As `ended`, and all that it and its children printed has arrived. */
  closed: Promise<number | null>
  kill(signal?: NodeJS.Signals): Promise<void>
}

export interface ServerOptions {
  dataDir: string
  environment?: Record<string, string>
  args?: string[]
  /** Run through this, e.g. `['setpriv', '--reuid', '1000', …]`. */
  through?: string[]
  cwd?: string
  port?: number
}

/** Starts `serve` and waits until it is ready. Throws with its output when it ends before. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const server = await spawnServer(options)
  await waitUntilReady(server)
  return server
}

/** Starts `serve` and waits for nothing: for starts that fail, or are cut short. */
export async function spawnServer(options: ServerOptions): Promise<ServerProcess> {
  const port = options.port ?? (await findFreePort())
  const command = [...(options.through ?? []), process.execPath, 'src/main.ts', 'serve', ...(options.args ?? [])]
  const child = spawn(command[0], command.slice(1), {
    cwd: options.cwd ?? root,
    env: {
      PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), ARV_DATA: options.dataDir, ARV_DEMO: 'false', LOG_LEVEL: 'warn', ARV_ADMIN_EMAIL: administrator.email,
      ARV_ADMIN_PASSWORD: administrator.password, ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (piece) => (text += piece))
  child.stderr.on('data', (piece) => (text += piece))
  const closed = once(child, 'close').then(([code]) => code as number | null)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    url: `http${options.args?.includes('--lan') ? 's' : ''}://127.0.0.1:${port}`,
    child,
    output: () => text,
    ended,
    closed,
    kill: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await ended
    },
  }
}

async function waitUntilReady(server: ServerProcess): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    if (server.child.exitCode !== null || server.child.signalCode !== null) {
      await server.closed
      throw new Error(`the server ended:\n${server.output()}`)
    }
    const answer = await fetch(`${server.url}/health/ready`).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(25)
  }
  await server.kill('SIGKILL')
  throw new Error(`the server did not become ready:\n${server.output()}`)
}

export async function findFreePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as net.AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
