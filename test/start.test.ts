import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { findLanAddresses } from '../src/lib/http/certificate.ts'
import { waitFor } from './factories.ts'
import { endProcesses, findProcesses } from './processes.ts'
import { findFreePort, root, spawnServer as spawnAnyServer, startServer as startAnyServer } from './server.ts'
import type { ServerOptions, ServerProcess } from './server.ts'
import { administrator, createCall } from './world.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-start-'))
})
after(async () => {
  for (const server of started) if (server.child.exitCode === null && server.child.signalCode === null) await server.kill('SIGKILL')
  endProcesses(folder)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Ended after the tests, whatever became of them. */
const started: ServerProcess[] = []

async function spawnServer(options: ServerOptions): Promise<ServerProcess> {
  const server = await spawnAnyServer(options)
  started.push(server)
  return server
}

async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const server = await startAnyServer(options)
  started.push(server)
  return server
}

/** The database's watcher may still be in the last second of its sleep. */
async function nothingRunsIn(dataDir: string): Promise<void> {
  await waitFor('the end of every process', async () => findProcesses(dataDir), (found) => found.length === 0)
}

async function canSignIn(url: string, password = administrator.password): Promise<boolean> {
  return (await createCall(url)('POST', '/api/auth/login', { email: administrator.email, password })).status === 200
}

async function run(dataDir: string, args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, ['src/main.ts', ...args], { cwd: root, env: { PATH: process.env.PATH, ARV_DATA: dataDir } }, (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr }))
  })
}

test('a second start on the same data folder refuses, and names the process that holds it', async () => {
  const dataDir = path.join(folder, 'second')
  const first = await startServer({ dataDir })
  const second = await spawnServer({ dataDir })
  assert.equal(await second.closed, 1)
  assert.match(second.output(), new RegExp(`in use by process ${first.child.pid}\\b`))
  assert.equal(await canSignIn(first.url), true, 'the first goes on')
  await first.kill()
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} stops cleanly and leaves nothing running`, async () => {
    const dataDir = path.join(folder, signal)
    const server = await startServer({ dataDir })
    server.child.kill(signal)
    assert.equal(await server.ended, 0)
    await nothingRunsIn(dataDir)
  })
}

test('after kill -9 the next start just works, and has kept everything', async () => {
  const dataDir = path.join(folder, 'killed')
  const killed = await startServer({ dataDir })
  await killed.kill('SIGKILL')
  const next = await startServer({ dataDir, environment: { ARV_ADMIN_PASSWORD: 'another one, not used' } })
  assert.equal(await canSignIn(next.url), true)
  await next.kill()
})

test('the first start makes a demo and a password, tells both once, and the demo becomes ready', async () => {
  const dataDir = path.join(folder, 'demo')
  const environment = { ARV_ADMIN_PASSWORD: '', ARV_DEMO: '' }
  const first = await startServer({ dataDir, environment })
  await waitFor('the words of the start', async () => first.output(), (text) => text.includes('--lan'))
  const password = /Password\s+(\S+)/.exec(first.output())?.[1] ?? ''
  assert.equal(await canSignIn(first.url, password), true)
  assert.match(first.output(), /\/admin\n/)
  const demo = /Demo\s+\S+(\/v\/\w{10})/.exec(first.output())?.[1] ?? ''
  assert.equal((await fetch(first.url + demo)).status, 200)
  await waitFor('the demo', async () => (await createCall(first.url)('GET', '/api/viewer/ar/demo_1/check')).body, (check) => check.content_available === true)
  await first.kill()
  const second = await startServer({ dataDir, environment })
  await waitFor('the words of the second start', async () => second.output(), (text) => text.includes('--lan'))
  assert.doesNotMatch(second.output(), /Password/)
  assert.ok(second.output().includes(demo), 'the same demo')
  assert.equal((await createCall(second.url)<{ demos: unknown[] }>('GET', '/api/viewer/demo/list')).body.demos.length, 1)
  await second.kill()
})

test('--lan serves HTTPS to the local network with a certificate of its own, kept over restarts', async () => {
  assert.notEqual(findLanAddresses().length, 0, 'this machine is in no network: give it an address, e.g. ip link add arv0 type dummy && ip addr add 10.9.9.1/24 dev arv0 && ip link set arv0 up')
  const dataDir = path.join(folder, 'lan')
  const certificates: string[] = []
  for (let start = 0; start < 2; start++) {
    const port = await findFreePort()
    const server = await spawnServer({ dataDir, args: ['--lan'], port })
    await waitFor('the words of the start', async () => server.output(), (text) => /ARV is running at https/.test(text))
    const { status, certificate } = await askHttps(findLanAddresses()[0], port)
    assert.equal(status, 200)
    certificates.push(certificate)
    await server.kill()
  }
  assert.equal(certificates[0], certificates[1])
  assert.equal((await readFile(path.join(dataDir, 'tls/cert.pem'), 'utf8')).includes('CERTIFICATE'), true)
})

async function askHttps(host: string, port: number): Promise<{ status: number | undefined; certificate: string }> {
  return await new Promise((resolve, reject) => {
    https.get({ host, port, path: '/health/ready', rejectUnauthorized: false, agent: false }, (response) => {
      const { fingerprint256 } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate()
      response.resume()
      resolve({ status: response.statusCode, certificate: fingerprint256 })
    }).on('error', reject)
  })
}

test('wrong settings are told all at once, and nothing starts', async () => {
  const server = await spawnServer({ dataDir: path.join(folder, 'wrong'), environment: { PORT: 'eighty', PUBLIC_URL: 'ftp://x', LOG_LEVEL: 'loud', ARV_ADMIN_EMAIL: 'nobody' } })
  assert.equal(await server.closed, 1)
  for (const name of ['PORT', 'PUBLIC_URL', 'LOG_LEVEL', 'ARV_ADMIN_EMAIL']) assert.ok(server.output().includes(`- ${name}:`), name)
})

test('in production insecure values are refused by name', async () => {
  const environment = { NODE_ENV: 'production', PUBLIC_URL: 'http://photos.example.com', ARV_ADMIN_PASSWORD: 'short' }
  const server = await spawnServer({ dataDir: path.join(folder, 'insecure'), environment })
  assert.equal(await server.closed, 1)
  for (const name of ['PUBLIC_URL', 'ARV_ADMIN_PASSWORD']) assert.ok(server.output().includes(`- ${name}:`), name)
})

test('a taken port is one clear sentence', async () => {
  const first = await startServer({ dataDir: path.join(folder, 'port-1') })
  const port = Number(new URL(first.url).port)
  const second = await spawnServer({ dataDir: path.join(folder, 'port-2'), port })
  assert.equal(await second.closed, 1)
  assert.match(second.output(), new RegExp(`Port ${port} is taken`))
  await nothingRunsIn(path.join(folder, 'port-2'))
  await first.kill()
})

test('a forgotten password is reset beside a running server and without one', async () => {
  const dataDir = path.join(folder, 'forgotten')
  const server = await startServer({ dataDir })
  const { body } = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  const beside = await run(dataDir, ['reset-password', administrator.email])
  const password = /: (\S+)\n/.exec(beside.text)?.[1] ?? ''
  assert.equal(await canSignIn(server.url, password), true, beside.text)
  assert.equal(await canSignIn(server.url), false, 'the old password has ended')
  assert.equal((await createCall(server.url, body.access_token)('GET', '/api/auth/me')).status, 401, 'old sessions have ended')
  await server.kill()
  const without = await run(dataDir, ['reset-password', administrator.email])
  assert.match(without.text, /The new password of/)
  const unknown = await run(dataDir, ['reset-password', 'nobody@example.com'])
  assert.deepEqual([unknown.code, /no account/.test(unknown.text)], [1, true])
  assert.equal((await run(dataDir, ['reset-password'])).code, 2)
})
