import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { access, chmod, constants, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProgramError, findPrograms, runProgram } from './process.ts'

const some = { timeoutMs: 20_000, outputBytesMax: 100_000 }
const silent = { info() {}, warn() {} }
let folder: string

before(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'arv-process-')) })
after(async () => { await rm(folder, { recursive: true, force: true }) })

describe('runProgram', () => {
  test('gives back what a program writes and hands it its input', async () => {
    assert.deepEqual(await runProgram('sh', ['-c', 'cat; echo oops >&2'], { ...some, input: 'hello' }), { stdout: 'hello', stderr: 'oops\n' })
  })

  test('tells a program nothing of our environment but the path', async () => {
    const script = `import { runProgram } from ${JSON.stringify(path.join(import.meta.dirname, 'process.ts'))}
      console.log((await runProgram('env', [], ${JSON.stringify(some)})).stdout)`
    const { stdout } = await runProgram('env', ['SECRET=hush', process.execPath, '--input-type=module', '-e', script], some)
    assert.match(stdout, /PATH=/)
    assert.doesNotMatch(stdout, /hush/)
  })

  test('delivers lines as they come', async () => {
    const lines: string[] = []
    await runProgram('printf', ['one\ntwo\r\nthree'], { ...some, onLine: (line) => lines.push(line) })
    assert.deepEqual(lines, ['one', 'two', 'three'])
  })

  test('explains a failure by the last lines of standard error', async () => {
    const error = await fail(runProgram('sh', ['-c', 'seq 100000 >&2; exit 3'], some))
    assert.equal(error.failure, 'exit')
    assert.match(error.message, /ended with code 3:\n99993\n(.*\n)*100000$/)
    assert.ok(error.stderr.length <= 16_384)
  })

  test('names a program that is not there', async () => {
    assert.equal((await fail(runProgram('no-such-program', [], some))).failure, 'missing')
  })

  test('stops a program that takes too long, and what it started', async () => {
    const error = await fail(runProgram('sh', ['-c', 'sleep 600 & echo $! >"$1"; wait', 'sh', path.join(folder, 'late')], { ...some, timeoutMs: 500 }))
    assert.equal(error.failure, 'timeout')
    await waitUntilDead(Number(await readFile(path.join(folder, 'late'), 'utf8')))
  })

  test('stops a program when asked to', async () => {
    const controller = new AbortController()
    const error = await fail(runProgram('sh', ['-c', 'echo ready; sleep 600'], { ...some, signal: controller.signal, onLine: () => controller.abort(new Error('enough')) }))
    assert.equal(error.failure, 'aborted')
    assert.equal((error.cause as Error).message, 'enough')
    assert.equal((await fail(runProgram('true', [], { ...some, signal: controller.signal }))).failure, 'aborted')
  })

  test('stops a program that writes too much', async () => {
    assert.equal((await fail(runProgram('cat', ['/dev/zero'], some))).failure, 'output')
    assert.equal((await fail(runProgram('cat', ['/dev/zero'], { ...some, onLine() {} }))).failure, 'output')
  })

  test('gives a program no more memory than it may have', { skip: process.platform !== 'linux' && 'only Linux bounds address space' }, async () => {
    const hungry = ['-c', 'head -c 300000000 /dev/zero | tail -c 250000000 >/dev/null']
    await runProgram('sh', hungry, some)
    assert.equal((await fail(runProgram('sh', hungry, { ...some, memoryBytesMax: 100_000_000 }))).failure, 'exit')
  })

  test('leaves no program behind when we are killed', async () => await assertDiesWithUs((await runProgram('sh', ['-c', 'echo "$PATH"'], some)).stdout.trim()))

  test('leaves no program behind when we are killed, without setpriv', async () => {
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    for (const name of ['sh', 'nice', 'env', 'sleep']) await symlink((await runProgram('sh', ['-c', `command -v ${name}`], some)).stdout.trim(), path.join(bin, name))
    await assertDiesWithUs(bin)
  })
})

describe('findPrograms', () => {
  test('prefers the system’s ffmpeg when it is new enough, and says so', async () => {
    const said: string[] = []
    const programs = await findPrograms({ info: (_: unknown, text?: string) => { said.push(text ?? '') }, warn() {} })
    assert.equal(programs.ffmpeg, 'ffmpeg')
    assert.match(said.join(), /system/)
  })

  test('finds the ffmpeg that npm brought, also without its executable bit', async () => {
    const { ffmpeg, ffprobe } = await findPrograms(silent, { prefer: 'bundled' })
    assert.match(ffmpeg, /@ffmpeg-installer/)
    await chmod(ffprobe, 0o644)
    assert.equal((await findPrograms(silent, { prefer: 'bundled' })).ffprobe, ffprobe)
    await access(ffprobe, constants.X_OK)
  })

  test('copies the ffmpeg that npm brought when its folder is somebody else’s', { skip: process.getuid?.() !== 0 && 'needs root to be somebody else' }, async () => {
    const root = path.join(folder, 'installed')
    for (const name of ['ffmpeg', 'ffprobe']) await installFake(root, name)
    await cp(import.meta.dirname, path.join(root, 'lib'), { recursive: true })
    await writeFile(path.join(root, 'package.json'), '{"type":"module"}')
    await runProgram('chmod', ['-R', 'a+rX', folder], some)
    const cacheDir = path.join(os.tmpdir(), `${path.basename(folder)}-cache`)
    const script = `import { findPrograms } from ${JSON.stringify(path.join(root, 'lib/process.ts'))}
      const silent = { info() {}, warn() {} }
      const options = { prefer: 'bundled', cacheDir: ${JSON.stringify(cacheDir)} }
      await findPrograms(silent, options)
      console.log((await findPrograms(silent, options)).ffmpeg)`
    // Node itself may lie where nobody else may look
    await cp(process.execPath, path.join(folder, 'node'))
    try {
      const { stdout } = await runProgram('setpriv', ['--reuid', '65534', '--clear-groups', path.join(folder, 'node'), '--input-type=module', '-e', script], some)
      assert.equal(path.dirname(stdout.trim()), cacheDir)
    } finally {
      await rm(cacheDir, { recursive: true, force: true })
    }
  })
})

async function fail(running: Promise<unknown>): Promise<ProgramError> {
  const error = await running.then(() => assert.fail('should have failed'), (reason: unknown) => reason)
  assert.ok(error instanceof ProgramError, String(error))
  return error
}

async function assertDiesWithUs(searchPath: string): Promise<void> {
  const script = `import { runProgram } from ${JSON.stringify(path.join(import.meta.dirname, 'process.ts'))}
    await runProgram('sh', ['-c', 'echo $$; exec sleep 600'], { timeoutMs: 600000, outputBytesMax: 1000, onLine: (line) => console.log(line) })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: searchPath }, stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text: Buffer) => resolve(Number(text))))
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await waitUntilDead(pid)
}

async function waitUntilDead(pid: number): Promise<void> {
  assert.ok(pid > 0)
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (!isAlive(pid)) return
    await sleep(20)
  }
  process.kill(pid, 'SIGKILL')
  assert.fail(`process ${pid} is still running`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function installFake(root: string, name: string): Promise<void> {
  const home = path.join(root, 'node_modules', `@${name}-installer`, `${process.platform}-${process.arch}`)
  await mkdir(home, { recursive: true })
  await writeFile(path.join(home, 'package.json'), '{}')
  await writeFile(path.join(home, name), '#!/bin/sh\necho "libavcodec 58. 42.100"\necho " V..... libx264 "\necho " A..... aac "\n', { mode: 0o644 })
}
