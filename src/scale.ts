import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { announce, waitForSignal } from './announce.ts'
import { keepChild } from './cluster.ts'
import type { Child } from './cluster.ts'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import { openDatabase } from './lib/db/open.ts'
import { createLog } from './lib/log.ts'
import type { Log } from './lib/log.ts'
import { limits } from './limits.ts'
import { takePort } from './listen.ts'
import { prepareDatabase } from './serve.ts'

const root = path.join(import.meta.dirname, '..')

/**
 * `npm run scale`: two web processes behind nginx, a worker, PostgreSQL and Redis on this machine, as plain processes, until a
 * signal ends them. With DATABASE_URL or REDIS_URL those are used instead of ones of our own.
 */
export async function runScale(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY === true })
  requirePrograms(config)
  const stopping = waitForSignal()
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const opened = await openDatabase({ ...config, log })
  const parts: { stop(): Promise<void> }[] = []
  const stop = async () => {
    // nginx first: then nothing new comes in, and what is on its way comes to its end.
    for (const part of parts.toReversed()) await part.stop()
    await opened.close()
  }
  try {
    const port = await takePort(config.port, config.host)
    const publicUrl = config.publicUrl ?? `http://localhost:${port}`
    const redisUrl = config.redisUrl ?? (await startRedis(parts, log))
    const { generatedPassword } = await prepareDatabase(config, opened, log)
    const [first, second, worker] = [await takePort(0, '127.0.0.1'), await takePort(0, '127.0.0.1'), await takePort(0, '127.0.0.1')]
    const shared = { DATABASE_URL: opened.url, DATABASE_URL_FILE: '', REDIS_URL: redisUrl, REDIS_URL_FILE: '', PUBLIC_URL: publicUrl, HOST: '127.0.0.1', TRUST_PROXY: '127.0.0.1', WEB_CONCURRENCY: '1' }
    const start = (role: 'web' | 'worker', environment: Record<string, string>): Child =>
      keepChild({ role, args: [], environment: { ...shared, ...environment }, stopMs: config.stopGraceMs + limits.stopSlackMs, log })
    const children = [start('web', { PORT: String(first) }), start('web', { PORT: String(second) }), start('worker', { WORKER_PORT: String(worker) })]
    parts.push({ stop: async () => void (await Promise.all(children.map((child) => child.stop()))) })
    const isStopped = await Promise.race([stopping.then(() => true), Promise.all(children.map((child) => child.ready)).then(() => false)])
    if (!isStopped) {
      parts.push(await startNginx(config, { port, webs: [first, second] }, log))
      log.info({ nginx: port, webs: [first, second], worker, redis: redisUrl }, 'everything runs')
      await announce({ db: opened.database.db, publicUrl, adminEmail: config.adminEmail, generatedPassword }, { lan: false })
    }
    await stopping
    log.info('stopping')
  } finally {
    await stop()
  }
}

function requirePrograms(config: Config): void {
  const needed = ['nginx', ...(config.redisUrl === undefined ? ['redis-server'] : [])]
  const missing = needed.filter((name) => !isThere(name))
  if (missing.length > 0) throw new ConfigError([`this needs ${missing.join(' and ')}; on Debian and Ubuntu: apt-get install ${missing.join(' ')}`])
}

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH: programPath } }).status === 0
}

/** Debian keeps servers where only root looks. */
const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

async function startRedis(parts: { stop(): Promise<void> }[], log: Log): Promise<string> {
  const port = await takePort(0, '127.0.0.1')
  parts.push(runProgramBeside('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'], log))
  return `redis://127.0.0.1:${port}`
}

async function startNginx(config: Config, ports: { port: number; webs: number[] }, log: Log): Promise<{ stop(): Promise<void> }> {
  const folder = path.join(config.dataDir, 'nginx')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'nginx.conf')
  const template = await readFile(path.join(root, 'deploy/nginx.conf'), 'utf8')
  await writeFile(file, adaptNginx(template, { folder, listen: `${config.host}:${ports.port}`, webs: ports.webs.map((port) => `127.0.0.1:${port}`) }))
  const nginx = runProgramBeside('nginx', ['-p', folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'], log)
  const deadline = performance.now() + limits.stopSlackMs
  while (!(await fetch(`http://${config.host}:${ports.port}/health/live`).then(({ ok }) => ok, () => false))) {
    if (nginx.hasEnded() || performance.now() > deadline) throw new Error('nginx does not answer; what it said stands above')
    await new Promise((resolve) => setTimeout(resolve, limits.startPollMs))
  }
  return nginx
}

/** deploy/nginx.conf with the addresses and folders of one machine. As root, nginx' own processes stay root: the folder is ours alone. */
export function adaptNginx(template: string, { folder, listen, webs }: { folder: string; listen: string; webs: string[] }): string {
  const servers = webs.map((address) => `server ${address} max_fails=3 fail_timeout=5s;`).join('\n    ')
  return (process.getuid?.() === 0 ? 'user root;\n' : '') + template
    .replace(/(?:server web\d:8000[^\n]*\n\s*)+/, `${servers}\n    `)
    .replace('listen 80;', `listen ${listen};`)
    .replaceAll('/var/cache/nginx', folder)
    .replace('/tmp/nginx.pid', path.join(folder, 'nginx.pid'))
}

function runProgramBeside(command: string, args: string[], log: Log): { hasEnded(): boolean; stop(): Promise<void> } {
  // In a group of its own, so that a Ctrl-C in the terminal leaves the order of stopping to us.
  // And tied to us, where the system can: a kill of ours would else leave it holding its port.
  const tie = isThere('setpriv') ? ['setpriv', '--pdeathsig', 'TERM'] : []
  const [first, ...rest] = [...tie, command, ...args]
  const child: ChildProcess = spawn(first, rest, { stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: programPath }, detached: true })
  const ended = once(child, 'exit')
  let isStopping = false
  ended.then(([code, signal]) => isStopping || log.error({ program: command, code: code as number | null, signal: signal as string | null }, 'a program ended by itself'), () => {})
  return {
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: async () => {
      isStopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      // For nginx: finish what is being answered.
      child.kill(command === 'nginx' ? 'SIGQUIT' : 'SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), limits.stopSlackMs)
      await ended
      clearTimeout(late)
    },
  }
}
