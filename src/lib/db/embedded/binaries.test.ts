import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, chown, constants, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { prepareBinaries } from './binaries.ts'
import { boundLogFile } from './log.ts'

const folder = await mkdtemp(join(tmpdir(), 'arv-binaries-'))
after(() => rm(folder, { recursive: true, force: true }))

/** What npm leaves when it runs no install scripts and loses file modes. */
async function unpack(name: string): Promise<string> {
  const native = join(folder, name, 'native')
  for (const part of ['bin', 'lib', 'share']) await mkdir(join(native, part), { recursive: true })
  for (const file of ['bin/initdb', 'bin/postgres', 'lib/libx.so.1.2']) await writeFile(join(native, file), file, { mode: 0o644 })
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  return native
}

async function assertComplete(bin: string): Promise<void> {
  for (const program of ['initdb', 'postgres']) await access(join(bin, program), constants.X_OK)
  assert.equal(await readFile(join(bin, '../lib/libx.so.1'), 'utf8'), 'lib/libx.so.1.2')
}

test('the links and file modes that an install script would make are made, also by several at once', async () => {
  const native = await unpack('plain')
  const found = { native, version: '1' }
  const bins = await Promise.all(Array.from({ length: 5 }, () => prepareBinaries(found, folder)))
  assert.deepEqual(new Set(bins), new Set([join(native, 'bin')]))
  await assertComplete(bins[0])
})

test('a link that leads elsewhere is made anew', async () => {
  const native = await unpack('wrong')
  await symlink('libx.so.0', join(native, 'lib/libx.so.1'))
  await assertComplete(await prepareBinaries({ native, version: '1' }, folder))
})

test('a package that may not be changed is copied, once, also by several at once', async () => {
  const native = await unpack('readonly')
  for (const part of ['bin', 'lib']) await chmod(join(native, part), 0o555)
  const spare = join(folder, 'spare')
  await mkdir(spare)
  await chmod(folder, 0o755)
  const program = `
    import { prepareBinaries } from ${JSON.stringify(new URL('./binaries.ts', import.meta.url).href)}
    const prepare = () => prepareBinaries({ native: ${JSON.stringify(native)}, version: '1' }, ${JSON.stringify(spare)})
    console.log(JSON.stringify([...await Promise.all([prepare(), prepare(), prepare()]), await prepare()]))`
  // Modes do not bind root.
  const user = process.getuid!() === 0 ? { uid: 65534, gid: 65534 } : undefined
  if (user) await chown(spare, user.uid, user.gid)
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'], ...user })
  const said = text(child.stdout)
  await once(child, 'close')
  const bins: string[] = JSON.parse(await said)
  assert.deepEqual(new Set(bins), new Set([join(spare, 'postgresql-1/native/bin')]))
  await assertComplete(bins[0])
})

test("the server's log is bounded, and its last part kept", async () => {
  const path = join(folder, 'postgresql.log')
  await writeFile(path, 'x'.repeat(50))
  await boundLogFile(path, 100)
  assert.equal((await readFile(path)).length, 50)
  await boundLogFile(path, 50)
  assert.equal((await readFile(path)).length, 0)
  assert.equal((await readFile(`${path}.1`)).length, 50)
})
