import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { environment } from '../src/config.ts'
import type { ContentView } from '../src/content/schema.ts'
import { errorStatuses } from '../src/errors.ts'
import { readApiFences } from './docs.ts'
import { root } from './server.ts'
import { administrator, startWorld } from './world.ts'
import type { World } from './world.ts'

const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const codesIn = (text: string) => [...text.matchAll(/`([a-z_]+)`/g)].map((match) => match[1])
const runShell = async (script: string, world: World) =>
  await promisify(execFile)('sh', ['-euc', script], { cwd: root, env: { PATH: process.env.PATH, ARV: world.url, EMAIL: administrator.email, PASSWORD: administrator.password } })

test('the lines of docs/api.md run as they are, from signing in to ready and on', async () => {
  const world = await startWorld()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-docs-'))
  try {
    const { script, more } = await readApiFences(root)
    const { stdout } = await runShell(`${script}\ncd '${folder}'\necho 'and on:'\n${more}`, world)
    const [toReady, andOn] = stdout.split('and on:\n')
    assert.match(toReady, /\nready\n$/)
    const { body } = await world.admin<ContentView>('GET', '/api/ar-content/1')
    assert.equal(body.status, 'ready')
    assert.equal(body.customer_name, 'Ada Lovelace')
    assert.match(andOn, /^\{"items":\[\{"id":1,.*"total":1,/)
    assert.match(andOn, /\n\{"width":512,"height":512,"score":\d+,"level":"/)
    assert.match(andOn, /\nevent: progress\ndata: \{.*"status":"ready"/)
    assert.match(andOn, /"status":"created".*\n.*"status":"updated"/)
    assert.equal((await readFile(path.join(folder, 'qr.png'))).subarray(1, 4).toString(), 'PNG')
    assert.match(await readFile(path.join(folder, 'qr.svg'), 'utf8'), /^<svg /)
    assert.equal((await readFile(path.join(folder, 'beginning.mp4'))).subarray(4, 8).toString(), 'ftyp')
  } finally {
    await world.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

test('docs/api.md names every route that programs call, and no other', () => {
  const routes = globSync('src/**/routes.ts', { cwd: root }).flatMap((file) => [...read(file).matchAll(/server\.(get|post|put|patch|delete)\('(\/(?:(?:api|v|p|view|ar|media|health|\.well-known)\/[^']*|metrics))'/g)])
  const documented = [...read('docs/api.md').matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`]+)`/g)]
  const name = ([, method, address]: RegExpMatchArray) => `${method.toUpperCase()} ${address.replace(/:(\w+)/g, '{$1}')}`
  assert.ok(routes.length > 20, 'the routes were not found')
  assert.deepEqual([...new Set(documented.map(name))].sort(), [...new Set(routes.map(name))].sort())
})

test('docs/api.md names every error code under its status', () => {
  const section = read('docs/api.md').split('\n## Errors\n')[1]
  const [table, failures] = section.split('\nAs the `failure` ')
  const told = Object.fromEntries([...table.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)].flatMap(([, status, codes]) => codesIn(codes).map((code) => [code, Number(status)])))
  for (const code of codesIn(failures)) if (code in errorStatuses) told[code] = 422
  assert.deepEqual(told, { ...errorStatuses })
})

test('docs/architecture.md has the table of who may know whom as it is checked', async () => {
  const { featureTable } = await import(path.join(root, '.dependency-cruiser.mjs')) as { featureTable: Record<string, string[]> }
  const rows = [...read('docs/architecture.md').split('\n## Who may import whom\n')[1].matchAll(/^\| ([a-z, ]+) \| ([a-z, ]+) \|$/gm)].filter(([, features]) => features !== 'feature')
  const told = Object.fromEntries(rows.flatMap(([, features, known]) => features.split(', ').map((feature) => [feature, known === 'nobody' ? [] : known.split(', ')])))
  assert.deepEqual(told, featureTable)
})

test('docs/architecture.md’s tree has every folder, and no other', () => {
  const tree = read('docs/architecture.md').split('```')[1]
  const told = [...tree.matchAll(/^( *)([a-z-]+(?:\/[a-z-]+)?)\//gm)].map(([, indent, folder]) => (indent === '' ? folder : `src/${folder}`))
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')
  const folders = new Set(tracked.map((file) => /^(src\/[^/.]+|packages\/[^/]+|public\/demo|[^/.]+)\//.exec(file)?.[1]).filter((folder) => folder !== undefined && !['packages', 'public'].includes(folder)))
  assert.deepEqual(told.sort(), [...folders].sort())
})

test('.env.example names every setting, and no other', () => {
  const named = [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1])
  assert.deepEqual(named.sort(), Object.keys(environment.shape).sort())
})

test('the READMEs are short and alike', () => {
  const headings = (file: string) => read(file).split('\n').filter((line) => line.startsWith('#')).length
  for (const file of ['README.md', 'README.ru.md']) assert.ok(read(file).split('\n').length <= 61, `${file} has over 60 lines`)
  assert.equal(headings('README.ru.md'), headings('README.md'))
})

test('every link in the docs leads to a file', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' }).split('\n').filter((file) => file !== '')
  const broken = files.flatMap((file) => [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => ({ file, link: match[1] })))
    .filter(({ file, link }) => !existsSync(path.join(root, path.dirname(file), link)))
  assert.deepEqual(broken, [])
})

test('docs/features.md: what is done names its test, and nothing is left without a state', () => {
  const rows = [...read('docs/features.md').matchAll(/^\|([^|]+)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].map((match) => match.slice(1).map((cell) => cell.trim())).filter(([name]) => !/^(Feature|---.*|\*\*.*\*\*)$/.test(name))
  assert.ok(rows.length > 60, 'the table has lost rows')
  for (const [name, , file, state] of rows) {
    assert.ok(state === 'done' || state === 'open', `“${name}” is “${state}”: write done or open`)
    if (state === 'done') assert.ok(/\.test\.ts$/.test(file) && existsSync(path.join(root, file)), `“${name}” is done, but ${file || 'no file'} is no test`)
  }
})
