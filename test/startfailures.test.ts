import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { waitFor } from './factories.ts'
import { testDatabase } from './postgres.ts'
import { endProcesses, findProcesses } from './processes.ts'
import { spawnServer } from './server.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-startfailures-'))
})
after(async () => {
  endProcesses(folder)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** What somebody mistyped, and the sentence that they are told. */
const mistakes: Record<string, { environment: Record<string, string>; told: RegExp }> = {
  'a HOST that is not ours': { environment: { HOST: '203.0.113.1' }, told: /^HOST=203\.0\.113\.1 is no address of this computer\. Use 127\.0\.0\.1/m },
  'a HOST that is no name': { environment: { HOST: 'nohost.invalid' }, told: /^HOST=nohost\.invalid is no address of this computer/m },
  'a TRUST_PROXY that is no network': { environment: { TRUST_PROXY: 'nonsense' }, told: /TRUST_PROXY: must be addresses or networks of proxies/ },
  'a database that nobody serves': { environment: { DATABASE_URL: 'postgres://arv:hidden@127.0.0.1:1/arv' }, told: /^The database of DATABASE_URL \(postgres:\/\/arv:…@127\.0\.0\.1:1\/arv\) cannot be used: nothing answers there/m },
  'a database on a host that is none': { environment: { DATABASE_URL: 'postgres://arv:hidden@nohost.invalid/arv' }, told: /there is no host of that name/ },
}

for (const [what, { environment, told }] of Object.entries(mistakes)) {
  test(`${what} ends the start with one sentence, and without a stack`, async () => {
    const server = await spawnServer({ dataDir: path.join(folder, what.replaceAll(' ', '-')), environment })
    assert.equal(await server.closed, 1)
    assert.match(server.output(), told)
    assert.doesNotMatch(server.output(), /^\s+at |node_modules|hidden/m)
  })
}

test('a database that is not there, and a wrong password, are told as such', async () => {
  const database = await testDatabase()
  try {
    const server = await spawnServer({ dataDir: path.join(folder, 'nodatabase'), environment: { DATABASE_URL: database.url.replace(database.name, 'no_such_database') } })
    assert.equal(await server.closed, 1)
    assert.match(server.output(), /there is no database of that name\. Make it: createdb/)
    assert.doesNotMatch(server.output(), /^\s+at /m)
  } finally {
    await database.drop()
  }
})

test('a data folder that is a file, or beyond our rights, is named', async () => {
  const file = path.join(folder, 'file')
  await writeFile(file, '')
  for (const dataDir of [file, path.join(file, 'below')]) {
    const server = await spawnServer({ dataDir })
    assert.equal(await server.closed, 1)
    assert.match(server.output(), new RegExp(`^ARV cannot keep its data in ${dataDir}: .+ choose another folder with ARV_DATA\\.`, 'm'))
    assert.doesNotMatch(server.output(), /^\s+at /m)
  }
})

test('Ctrl-C during the start, at whatever moment, stops cleanly', async () => {
  for (const afterMs of [0, 300, 700, 1200, 2000]) {
    const dataDir = path.join(folder, `interrupted-${afterMs}`)
    await mkdir(dataDir)
    const server = await spawnServer({ dataDir, environment: { LOG_LEVEL: 'info' } })
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    server.child.kill('SIGINT')
    const code = await server.closed
    // Before our own code runs, the signal ends the process; afterwards it is a clean end.
    assert.ok(code === 0 || (code === null && server.output() === ''), `after ${afterMs} ms: ${code}\n${server.output()}`)
    assert.doesNotMatch(server.output(), /^\s+at |"level":[56]0/m)
    await waitFor('the end of every process', async () => findProcesses(dataDir), (found) => found.length === 0)
  }
})

test('a line of the log names its process once', async () => {
  const dataDir = path.join(folder, 'log')
  const server = await spawnServer({ dataDir, environment: { LOG_LEVEL: 'debug' } })
  await waitFor('the first lines', async () => server.output(), (text) => text.includes('ARV is running'))
  await server.kill('SIGINT')
  const lines = server.output().split('\n').filter((line) => line.startsWith('{'))
  assert.ok(lines.length > 3)
  assert.deepEqual(lines.filter((line) => line.split('"pid":').length > 2), [])
  const answered = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find((line) => line.msg === 'stopping')
  assert.ok(answered !== undefined && typeof answered.pid === 'number' && typeof answered.time === 'number')
})
