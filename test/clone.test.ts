import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readApiScript } from './docs.ts'
import { waitFor } from './factories.ts'
import { endProcesses, findProcesses } from './processes.ts'
import { findFreePort, root } from './server.ts'

/** A newcomer: where they put the clone, who they are, and their umask. */
interface Newcomer {
  home: string
  through: string[]
  umask: string
  own?: (folder: string) => Promise<void>
}

const isRoot = process.getuid?.() === 0
/** Somebody without any rights here; Debian's `nobody` has no home, so they get one. */
const ordinaryUser = 65534
const goalsMs = { first: 8000, later: 3000 }

test('in a fresh clone, the README’s two commands and the API’s lines lead to ready', async (context) => {
  const home = await mkdtemp(path.join(isRoot ? '/root' : os.tmpdir(), 'arv-clone-'))
  await chmod(home, 0o700)
  await tryAsNewcomer(context, { home, through: [], umask: '0077' })
})

test('the same as an ordinary user', { skip: !isRoot && 'the test above ran as an ordinary user already' }, async (context) => {
  const home = await mkdtemp(path.join('/var/tmp', 'arv-user-'))
  const own = async (folder: string) => {
    execFileSync('chown', ['-R', `${ordinaryUser}:${ordinaryUser}`, folder])
    await chown(home, ordinaryUser, ordinaryUser)
  }
  await tryAsNewcomer(context, { home, through: ['setpriv', `--reuid=${ordinaryUser}`, `--regid=${ordinaryUser}`, '--clear-groups', '--inh-caps=-all'], umask: '0022', own })
})

async function tryAsNewcomer(context: TestContext, newcomer: Newcomer): Promise<void> {
  const folder = path.join(newcomer.home, 'arv')
  try {
    await copyClone(folder)
    await newcomer.own?.(newcomer.home)
    const port = await findFreePort()
    const environment = { ...plainEnvironment(newcomer.home), PORT: String(port) }
    await as(newcomer, folder, ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'], environment)
    const first = await startAndWait(newcomer, folder, environment)
    context.diagnostic(`first start: ready after ${first.readyMs} ms (goal ${goalsMs.first})`)
    const password = await waitFor('the password', async () => /Password\s+(\S+)/.exec(first.output())?.[1], (found) => found !== undefined)
    const script = await readApiScript(folder)
    const { stdout } = await as(newcomer, folder, ['sh', '-euc', script], { ...environment, ARV: `http://localhost:${port}`, PASSWORD: password ?? '' })
    assert.match(stdout, /\nready\n$/)
    await first.interrupt()
    const second = await startAndWait(newcomer, folder, environment)
    context.diagnostic(`second start: ready after ${second.readyMs} ms (goal ${goalsMs.later})`)
    await second.interrupt()
    await waitFor('the end of every process', async () => findProcesses(folder), (found) => found.length === 0)
  } finally {
    endProcesses(folder)
    await rm(newcomer.home, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What `git clone` would give: the files that git knows or would add, and nothing that was built or installed. */
async function copyClone(folder: string): Promise<void> {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter((file) => file !== '')
  for (const file of files) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true })
    // A file that is deleted but not yet committed is still listed.
    await cp(path.join(root, file), path.join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}

/** The machine's own programs only: the clone must bring its Node itself. */
function plainEnvironment(home: string): Record<string, string> {
  const own = (process.env.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules') && !entry.includes('node-gyp-bin'))
  return { PATH: own.join(':'), HOME: home, npm_config_update_notifier: 'false' }
}

async function as(newcomer: Newcomer, cwd: string, command: string[], env: Record<string, string>): Promise<{ stdout: string }> {
  const [program, ...args] = withUmask(newcomer, command)
  return await promisify(execFile)(program, args, { cwd, env, maxBuffer: 1 << 24 })
}

function withUmask(newcomer: Newcomer, command: string[]): string[] {
  return [...newcomer.through, 'sh', '-c', `umask ${newcomer.umask}; exec "$@"`, 'sh', ...command]
}

async function startAndWait(newcomer: Newcomer, folder: string, env: Record<string, string>) {
  const begin = performance.now()
  const [program, ...args] = withUmask(newcomer, ['npm', 'start'])
  // A terminal gives its foreground programs a process group of their own, and Ctrl-C goes to all of it.
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', (piece) => (text += piece))
  child.stderr.on('data', (piece) => (text += piece))
  const ended = once(child, 'exit')
  while ((await fetch(`http://localhost:${env.PORT}/health/ready`).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() - begin > 60_000) throw new Error(`npm start did not become ready:\n${text}`)
    await sleep(20)
  }
  return {
    readyMs: Math.round(performance.now() - begin),
    output: () => text,
    interrupt: async () => {
      process.kill(-(child.pid ?? 0), 'SIGINT')
      await ended
    },
  }
}
