import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import zlib from 'node:zlib'
import { buildAssets, loadAssets } from './assets.ts'
import type { Assets } from './assets.ts'
import type { AssetEntry } from './entries.ts'

const entries: AssetEntry[] = [
  { name: 'page.js', source: 'src/page.ts', kind: 'script' },
  { name: 'page.css', source: 'src/page.css', kind: 'style' },
]
let builds = 0
const log = { info: () => { builds++ } }
let root: string
const build = async (): Promise<Assets> => await buildAssets({ log, root, entries })
const write = async (name: string, text: string) => await writeFile(path.join(root, name), text)

before(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'arv-assets-'))
  await mkdir(path.join(root, 'src'))
})
after(async () => await rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  await rm(path.join(root, 'public'), { recursive: true, force: true })
  await write('src/words.ts', `export const words = ${JSON.stringify('привет '.repeat(200))}`)
  await write('src/page.ts', "import { words } from './words.ts'\nconst unused: number = 1\ndocument.title = words")
  await write('src/page.css', 'p { color: red; }')
})

test('each asset has an address by its content, and every packed copy holds the same bytes', async () => {
  const assets = await build()
  assert.match(assets.url('page.js'), /^\/assets\/page-[0-9a-f]{12}\.js$/)
  const name = assets.url('page.js').slice('/assets/'.length)
  const plain = await readFile(assets.find(name, undefined)!.path)
  assert.match(plain.toString(), /^document\.title|привет/)
  for (const [encoding, unpack] of [['br', zlib.brotliDecompressSync], ['gzip', zlib.gunzipSync], ['zstd', zlib.zstdDecompressSync]] as const) {
    const found = assets.find(name, `deflate, ${encoding.toUpperCase()};q=0.5`)
    assert.equal(found?.encoding, encoding)
    assert.deepEqual(unpack(await readFile(found.path)), plain)
    assert.equal((await stat(found.path)).size, found.bytes)
  }
  assert.equal(assets.find(name, 'br;q=0, gzip')?.encoding, 'gzip')
  assert.equal(assets.find(name, 'identity')?.encoding, null)
  assert.match(assets.integrity('page.css'), /^sha256-/)
  assert.equal(assets.text('page.css'), 'p{color:red}\n')
})

test('what no list names is not found, wherever the name points', async () => {
  const assets = await build()
  for (const name of ['', 'manifest.json', '../current', '../../../src/page.ts', '__proto__', `${assets.url('page.js').slice(8)}.br`]) assert.equal(assets.find(name, 'br'), undefined, name)
  assert.throws(() => assets.url('nothing.js'), /entries\.ts/)
})

test('nothing is built again until an input changes; files of the build before are still served', async () => {
  const first = await build()
  const before = builds
  assert.deepEqual((await build()).manifest, first.manifest)
  assert.equal(builds, before)
  await write('src/words.ts', "export const words = 'anything else'")
  const second = await build()
  assert.notEqual(second.url('page.js'), first.url('page.js'))
  assert.equal(second.url('page.css'), first.url('page.css'))
  assert.ok(second.find(first.url('page.js').slice('/assets/'.length), undefined))
  assert.deepEqual((await loadAssets({ root })).manifest, second.manifest)
})

test('processes that build at once end with one whole build', async () => {
  const all = await Promise.all([build(), build(), build()])
  assert.equal(new Set(all.map((assets) => assets.url('page.js'))).size, 1)
  const left = await readdir(path.join(root, 'public/build'))
  assert.deepEqual(left.sort(), [all[0].manifest.inputs, 'current'].sort())
})

test('only the newest builds are kept, and no drafts of processes that were killed', async () => {
  await mkdir(path.join(root, 'public/build/.draft-old'), { recursive: true })
  await utimes(path.join(root, 'public/build/.draft-old'), 0, 0)
  for (let round = 0; round < 6; round++) {
    await write('src/words.ts', `export const words = ${round}`)
    await build()
  }
  assert.equal((await readdir(path.join(root, 'public/build'))).length, 5)
})

test('a source with an error, or missing, fails the build, leaves nothing behind and keeps the build before', async () => {
  const good = await build()
  await write('src/page.ts', 'const = 1')
  await assert.rejects(build(), /src\/page\.ts:1:6/)
  await rm(path.join(root, 'src/page.ts'))
  await assert.rejects(build(), /src\/page\.ts/)
  assert.deepEqual((await readdir(path.join(root, 'public/build'))).sort(), [good.manifest.inputs, 'current'].sort())
  assert.deepEqual((await loadAssets({ root })).manifest, good.manifest)
})

test('before the first build there is nothing to load, and the error says what to do', async () => {
  await assert.rejects(loadAssets({ root }), /npm start/)
})
