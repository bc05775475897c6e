import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { environment } from '../src/config.ts'
import type { ContentView } from '../src/content/schema.ts'
import { readApiScript } from './docs.ts'
import { root } from './server.ts'
import { administrator, startWorld } from './world.ts'

const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

test('the lines of docs/api.md lead from signing in to ready', async () => {
  const world = await startWorld()
  try {
    const script = await readApiScript(root)
    const { stdout } = await promisify(execFile)('sh', ['-euc', script], { cwd: root, env: { PATH: process.env.PATH, ARV: world.url, EMAIL: administrator.email, PASSWORD: administrator.password } })
    assert.match(stdout, /\nready\n$/)
    const { body } = await world.admin<ContentView>('GET', '/api/ar-content/1')
    assert.equal(body.status, 'ready')
    assert.equal(body.customer_name, 'Ada Lovelace')
  } finally {
    await world.stop()
  }
})

test('.env.example names every setting, and no other', () => {
  const named = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1])
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
