import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createStudio, upload, waitFor, waitUntilProcessed } from './factories.ts'
import { endProcesses, findProcesses } from './processes.ts'
import { spawnServer, startServer } from './server.ts'
import type { ServerProcess } from './server.ts'
import { administrator, createCall } from './world.ts'
import type { World } from './world.ts'

let dataDir: string
let server: ServerProcess
let world: Pick<World, 'admin' | 'guest' | 'url'>

before(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-cluster-'))
  server = await startServer({ dataDir, args: ['--cluster'], environment: { WEB_CONCURRENCY: '2', WORKER_PORT: '0', LOG_LEVEL: 'info' } })
  await waitFor('the address', async () => server.output(), (text) => text.includes('ARV is running at'))
  const { body } = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  world = { url: server.url, guest: createCall(server.url), admin: createCall(server.url, body.access_token) }
})
after(async () => {
  if (server.child.exitCode === null) await server.kill('SIGKILL')
  endProcesses(dataDir)
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

/** The processes of the cluster by role. */
function listProcesses(): { pid: number; role: string }[] {
  const rows = execFileSync('ps', ['-ww', '-o', 'pid=,args=', '--ppid', String(server.child.pid)], { encoding: 'utf8' }).split('\n')
  return rows.flatMap((row) => {
    const found = /^\s*(\d+) .*main\.ts (web|worker)/.exec(row)
    return found === null ? [] : [{ pid: Number(found[1]), role: found[2] }]
  })
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const countRoles = () => listProcesses().map(({ role }) => role).sort().join()

test('two web processes and a worker share one port and one database; an order goes through all of them', async () => {
  assert.equal(countRoles(), 'web,web,worker')
  const studio = await createStudio(world as World)
  const { status, body } = await upload(world as World, studio)
  assert.equal(status, 201)
  const content = await waitUntilProcessed(world as World, body.id)
  assert.equal(content.status, 'ready')
  assert.equal((await fetch(world.url + new URL(content.photo_url).pathname)).status, 200)
})

test('what one process changed, every other shows at once to whoever comes next', async () => {
  const { companyId, projectId } = await createStudio(world as World, 'Coherent')
  for (let round = 1; round <= 10; round++) {
    const { body } = await upload(world as World, { companyId, projectId, fields: { order_number: String(round) } })
    // Each on a connection of its own, which are dealt out among them.
    const reasons = await Promise.all(Array.from({ length: 8 }, () => ask(`/api/viewer/ar/${body.unique_id}/check`)))
    for (const answer of reasons) assert.doesNotMatch(answer, /not_found/)
  }
})

test('a process that is killed is started again, and meanwhile the others answer', async () => {
  const [victim, worker] = ['web', 'worker'].map((role) => listProcesses().find((entry) => entry.role === role)!)
  process.kill(victim.pid, 'SIGKILL')
  process.kill(worker.pid, 'SIGKILL')
  await waitFor('its end', async () => isThere(victim.pid), (there) => !there)
  for (let index = 0; index < 20; index++) assert.match(await ask('/health/ready'), /"ready"/)
  await waitFor('both to be back', async () => countRoles(), (roles) => roles === 'web,web,worker')
  const { body } = await upload(world as World, await createStudio(world as World, 'After'))
  assert.equal((await waitUntilProcessed(world as World, body.id)).status, 'ready')
})

test('a start that cannot go on ends with all its processes, and says why', async () => {
  const refused = await spawnServer({ dataDir, args: ['--cluster'], environment: { WORKER_PORT: '0' } })
  assert.equal(await refused.closed, 1)
  assert.match(refused.output(), new RegExp(`in use by process ${server.child.pid}\\b`))
})

test('a stop answers what is on its way, and leaves no process and nothing half-received', async () => {
  const slow = startSlowRequest()
  await slow.begun
  server.child.kill('SIGTERM')
  await waitFor('no new connection to be taken', async () => await fetch(`${world.url}/health/live`).then(() => true, () => false), (taken) => !taken)
  slow.finish()
  assert.equal(await slow.status, 401)
  assert.equal(await server.closed, 0, server.output())
  await waitFor('the end of every process', async () => findProcesses(dataDir), (found) => found.length === 0)
  // Those that were killed left their folders, empty, for whoever comes a minute later.
  const left = (await readdir(path.join(dataDir, 'storage/incoming'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.startsWith('owner.'))
  assert.deepEqual(left, [])
})

/** One request on a connection of its own. */
async function ask(address: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    http.get(world.url + address, { agent: false, timeout: 20_000 }, (response) => {
      let text = ''
      response.on('data', (piece) => (text += piece)).on('end', () => resolve(text))
    }).on('error', reject).on('timeout', () => reject(new Error(`no answer to ${address}`)))
  })
}

/** A sign-in whose body comes in two pieces. */
function startSlowRequest(): { begun: Promise<void>; finish: () => void; status: Promise<number | undefined> } {
  const text = JSON.stringify({ email: administrator.email, password: 'not the password' })
  const request = http.request(`${world.url}/api/auth/login`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'content-length': text.length } })
  const status = new Promise<number | undefined>((resolve, reject) => {
    request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
  })
  const begun = new Promise<void>((resolve) => request.write(text.slice(0, 10), () => setTimeout(resolve, 200)))
  return { begun, finish: () => request.end(text.slice(10)), status }
}
