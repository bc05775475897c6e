import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, utimes } from 'node:fs/promises'
import https from 'node:https'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import type { ContentView } from '../src/content/schema.ts'
import { findLanAddresses } from '../src/lib/http/certificate.ts'
import { makeOrder } from './crash/orders.ts'
import { waitFor } from './factories.ts'
import { endProcesses, findProcesses } from './processes.ts'
import { testDatabase } from './postgres.ts'
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

/** As a person would, through npm. */
async function run(dataDir: string, args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((resolve) => {
    execFile('npm', ['run', 'arv', '--', ...args], { cwd: root, env: { PATH: process.env.PATH, HOME: process.env.HOME, ARV_DATA: dataDir } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr }))
  })
}

/** Everything was closed in its order, to the last step: giving the folder back. */
async function assertStopped(server: ServerProcess, dataDir: string): Promise<void> {
  assert.equal(await server.closed, 0, server.output())
  assert.equal(existsSync(path.join(dataDir, 'owner.pid')), false, 'it ended half-way through its stop')
  assert.doesNotMatch(server.output(), /"level":[56]0/)
  await nothingRunsIn(dataDir)
  const taker = net.createServer().listen(Number(new URL(server.url).port), '127.0.0.1')
  await once(taker, 'listening')
  taker.close()
}

/** A server that encodes at this moment, with a page that watches it. */
async function startWork(dataDir: string): Promise<{ server: ServerProcess; token: string; id: number }> {
  const server = await startServer({ dataDir, environment: { LOG_LEVEL: 'info' } })
  const login = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  const token = login.body.access_token
  const call = createCall(server.url, token)
  const company = await call<{ id: number }>('POST', '/api/companies', { name: 'Light Studio', contact_email: 'hello@light.example' })
  const project = await call<{ id: number }>('POST', `/api/companies/${company.body.id}/projects`, { name: 'Weddings' })
  const order = await makeOrder({ companyId: company.body.id, projectId: project.body.id }, 1, 'one')
  const { body } = await call<ContentView>('POST', '/api/ar-content', order)
  const watching = await fetch(`${server.url}/api/tasks/${body.task_id}/events`, { headers: { authorization: `Bearer ${token}` } })
  watching.text().catch(() => {})
  const isEncoding = (content: ContentView) => content.task?.jobs.some((job) => job.kind === 'video' && job.status !== 'pending') === true
  await waitFor('the encoding', async () => (await call<ContentView>('GET', `/api/ar-content/${body.id}`)).body, isEncoding)
  return { server, token, id: body.id }
}

test('a second start on the same data folder refuses, and names the process that holds it', async () => {
  const dataDir = path.join(folder, 'second')
  const first = await startServer({ dataDir })
  // The same port is taken, too; that is not what stands in the way.
  const second = await spawnServer({ dataDir, port: Number(new URL(first.url).port) })
  assert.equal(await second.closed, 1)
  assert.match(second.output(), new RegExp(`in use by process ${first.child.pid}\\b`))
  assert.equal(await canSignIn(first.url), true, 'the first goes on')
  await first.kill()
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in the middle of the work stops cleanly, and the next start ends the work`, async () => {
    const dataDir = path.join(folder, signal)
    const { server, token, id } = await startWork(dataDir)
    server.child.kill(signal)
    await assertStopped(server, dataDir)
    const next = await startServer({ dataDir, environment: { LOG_LEVEL: 'info' } })
    const call = createCall(next.url, token)
    await waitFor('the end of the work', async () => (await call<ContentView>('GET', `/api/ar-content/${id}`)).body, (content) => content.status === 'ready')
    assert.doesNotMatch(next.output(), /took over the jobs/, 'a stop gives its jobs back')
    await next.kill()
  })
}

test('Ctrl-C under npm comes twice and stops as cleanly as once', async () => {
  const dataDir = path.join(folder, 'twice')
  const server = await startServer({ dataDir, environment: { LOG_LEVEL: 'info' } })
  server.child.kill('SIGINT')
  await waitFor('the beginning of the stop', async () => server.output(), (text) => text.includes('"stopping"'))
  server.child.kill('SIGINT')
  await assertStopped(server, dataDir)
})

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

test('--lan serves HTTPS to the local network with a certificate of its own, kept over restarts', async (context) => {
  ensureNetwork(context)
  const [address] = findLanAddresses()
  const dataDir = path.join(folder, 'lan')
  const certificates: string[] = []
  for (let start = 0; start < 2; start++) {
    const port = await findFreePort()
    const server = await spawnServer({ dataDir, args: ['--lan'], port })
    await waitFor('the words of the start', async () => server.output(), (text) => text.includes(`ARV is running at https://${address}:${port}`))
    const certificate = await readFile(path.join(dataDir, 'tls/cert.pem'), 'utf8')
    assert.equal(await askHttps(address, port, certificate), 200)
    certificates.push(certificate)
    await server.kill()
  }
  assert.equal(certificates[0], certificates[1])
})

/** Gives a machine that knows only itself an address that nobody else has, for the time of a test. */
function ensureNetwork(context: TestContext): void {
  if (findLanAddresses().length > 0) return
  const steps = ['link add arvtest0 type dummy', 'addr add 10.213.7.1/32 dev arvtest0', 'link set arvtest0 up']
  try {
    for (const step of steps) execFileSync('ip', step.split(' '))
    context.after(() => execFileSync('ip', ['link', 'delete', 'arvtest0']))
  } catch (cause) {
    throw new Error(`This machine is in no network, which this test needs. As root: ${steps.map((step) => `ip ${step}`).join(' && ')}`, { cause })
  }
}

/** Trusts that certificate alone, and only for the address that it names. */
async function askHttps(host: string, port: number, ca: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    https.get({ host, port, path: '/health/ready', ca, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}

test('with a database of their own, two processes share a data folder, and neither takes away what the other is receiving', async () => {
  const database = await testDatabase()
  const dataDir = path.join(folder, 'shared')
  const options = { dataDir, environment: { DATABASE_URL: database.url } }
  const first = await startServer(options)
  const incoming = path.join(dataDir, 'storage/incoming')
  const [own] = await readdir(incoming)
  await utimes(path.join(incoming, own), 0, 0)
  await mkdir(path.join(incoming, 'of-a-dead-process'))
  await utimes(path.join(incoming, 'of-a-dead-process'), 0, 0)
  const second = await startServer(options)
  const left = await readdir(incoming)
  assert.ok(left.includes(own) && left.length === 2, left.join())
  await Promise.all([first.kill(), second.kill()])
  assert.deepEqual(await readdir(incoming), [])
  await database.drop()
})

test('a start that fails at a taken port has made no administrator whose password nobody saw', async () => {
  const blocker = await startServer({ dataDir: path.join(folder, 'blocker') })
  const dataDir = path.join(folder, 'blocked')
  const port = Number(new URL(blocker.url).port)
  const blocked = await spawnServer({ dataDir, port, environment: { ARV_ADMIN_PASSWORD: '' } })
  assert.equal(await blocked.closed, 1)
  await blocker.kill()
  const next = await startServer({ dataDir, environment: { ARV_ADMIN_PASSWORD: '' } })
  await waitFor('the words of the start', async () => next.output(), (text) => text.includes('--lan') || text.includes('Orders'))
  assert.match(next.output(), /Password\s+\S+/)
  await next.kill()
})

test('wrong settings are told all at once, and nothing starts', async () => {
  const dataDir = path.join(folder, 'wrong')
  const server = await spawnServer({ dataDir, environment: { PORT: 'eighty', PUBLIC_URL: 'https://me:secret@photos.example.com/sub?x=1', LOG_LEVEL: 'loud', ARV_ADMIN_EMAIL: 'nobody' } })
  assert.equal(await server.closed, 1)
  for (const name of ['PORT', 'PUBLIC_URL', 'LOG_LEVEL', 'ARV_ADMIN_EMAIL']) assert.ok(server.output().includes(`- ${name}:`), name)
  assert.equal(existsSync(dataDir), false)
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
  assert.match(second.output(), new RegExp(`^\\s*Port ${port} is taken by another program\\.[^\\n]*\\s*$`), 'one sentence, no stack')
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
  const later = /: (\S+)\n/.exec(without.text)?.[1] ?? ''
  const restarted = await startServer({ dataDir })
  assert.equal(await canSignIn(restarted.url, later), true, without.text)
  assert.equal(await canSignIn(restarted.url, password), false)
  await restarted.kill()
  const unknown = await run(dataDir, ['reset-password', 'nobody@example.com'])
  assert.deepEqual([unknown.code, /no account/.test(unknown.text)], [1, true])
  assert.equal((await run(dataDir, ['reset-password'])).code, 2)
})
