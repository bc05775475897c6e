import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, constants, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import postgres from 'postgres'
import { FolderTakenError } from '../../ownership.ts'
import { findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { findRunningUrl, startEmbeddedPostgres, type EmbeddedPostgres } from './embedded.ts'
import { chooseWay } from './privileges.ts'

const DEADLINE_MS = 30_000
const NOBODY = 65534
const isRoot = process.getuid!() === 0

// Most tests use one data folder in turn, `shared`: making a cluster takes longer than all that they do with it.
const folder = await mkdtemp(join(tmpdir(), 'arv-embedded-'))
after(() => rm(folder, { recursive: true, force: true }))

type Holder = { process: ChildProcess; pid: number; url: string; way: string }

test('a first start makes a durable UTF-8 database whose role is no superuser, for both drivers', async () => {
  const server = await start('first')
  const [row] = await query(server.url, `
    select current_user as role, current_database() as name, current_setting('server_version_num')::int / 10000 as version,
      (select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls from pg_roles where rolname = current_user) as mighty,
      pg_encoding_to_char(encoding) as encoding, current_setting('data_checksums') as checksums,
      current_setting('fsync') || current_setting('synchronous_commit') || current_setting('full_page_writes') as durable, lower('ФОТО') as lower
    from pg_database where datname = current_database()`)
  assert.deepEqual({ ...row }, { role: 'arv', name: 'arv', version: 18, mighty: false, encoding: 'UTF8', checksums: 'on', durable: 'ononon', lower: 'фото' })

  // A trusted extension, which must also see letters that are not ASCII.
  await query(server.url, 'create extension pg_trgm')
  const [{ alike }] = await query(server.url, `select similarity('фотография', 'фотографии') as alike`)
  assert.ok(alike > 0.5)

  for (const config of [{ connectionString: server.url }, server.connection]) {
    const client = new pg.Client(config)
    await client.connect()
    assert.deepEqual((await client.query('select 1 as one')).rows, [{ one: 1 }])
    await client.end()
  }
  const sql = postgres(server.connection)
  assert.equal((await sql`select 1 as one`)[0].one, 1)
  await sql.end()

  const stranger = postgres({ ...server.connection, password: 'guessed', max: 1 })
  await assert.rejects(stranger`select 1`, { code: '28P01' })
  await stranger.end()
  await server.stop()
})

test('a stop ends the server, and a warm start finds the data', async () => {
  const server = await start('warm')
  await query(server.url, 'create table kept (id int)')
  await query(server.url, 'insert into kept values (7)')
  await server.stop()
  await untilGone(server.pid)
  const again = await start('warm')
  assert.equal(again.url, server.url)
  assert.deepEqual([...(await query(again.url, 'select id from kept'))], [{ id: 7 }])
  await again.createDatabase('another')
  await again.createDatabase('copied', { template: 'another' })
  await assert.rejects(again.createDatabase('copied'), { code: '42P04' })
  await again.dropDatabase('copied')
  await again.dropDatabase('copied')
  await again.stop()
})

test('a second owner is refused with the pid of the first', async () => {
  const holder = await hold('owned')
  await assert.rejects(start('owned'), (error) => error instanceof FolderTakenError && error.message.includes(`process ${holder.process.pid}`))
  assert.equal(await findRunningUrl(join(folder, 'owned')), holder.url)
  await query(holder.url, 'select 1')
  holder.process.stdin!.end()
  await once(holder.process, 'exit')
  assert.equal(holder.process.exitCode, 0)
  await untilGone(holder.pid)
  await assert.rejects(findRunningUrl(join(folder, 'owned')), /No database is ready/)
})

test('PostgreSQL ends when its owner is killed, and an immediate restart keeps what was acknowledged', async () => {
  const holder = await hold('shared')
  await query(holder.url, 'create table acknowledged (id int)')
  await query(holder.url, 'insert into acknowledged values (1)')
  holder.process.kill('SIGKILL')
  const server = await start('shared')
  await untilGone(holder.pid)
  assert.deepEqual([...(await query(server.url, 'select id from acknowledged'))], [{ id: 1 }])
  await server.stop()

  const lonely = await hold('shared')
  lonely.process.kill('SIGKILL')
  await untilGone(lonely.pid)
})

test('a server whose supervisor was killed too is ended by the next start', async () => {
  const holder = await hold('shared')
  for (const pid of await supervisorsOf(holder.pid)) process.kill(pid, 'SIGKILL')
  holder.process.kill('SIGKILL')
  await once(holder.process, 'exit')
  assert.ok(isAlive(holder.pid))
  const server = await start('shared')
  await untilGone(holder.pid)
  await query(server.url, 'select 1')
  await server.stop()
})

test('a pid file that names a process of somebody else does not bar the start', async () => {
  const first = await start('shared')
  await first.stop()
  await writeFile(join(folder, 'shared/cluster/postmaster.pid'), `${process.pid}\n${join(folder, 'shared/cluster')}\n`)
  const server = await start('shared')
  await server.stop()
})

test('a server that is killed is started again at the same address', async () => {
  const errors: string[] = []
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'shared'), log: (level, message) => void (level === 'error' && errors.push(message)) })
  const killed = server.pid
  // One that ends right after its start stays down.
  await sleep(1_100)
  process.kill(killed, 'SIGKILL')
  await until('the server is there again', async () => server.pid !== killed)
  await query(server.url, 'select 1')
  assert.equal(errors.length, 1)
  await server.stop()
})

test('a first start that was cut short is redone', async () => {
  const path = join(folder, 'half')
  const child = startHolder('half')
  await until('initdb has begun', async () => (await readdir(path).catch(() => [])).some((name) => name.startsWith('cluster.draft-')))
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.deepEqual((await readdir(path)).includes('cluster'), false)
  const server = await start('half')
  await query(server.url, 'select 1')
  await server.stop()
  // The killed start's initdb may have outlived it; the next start clears up after both.
  await (await start('half')).stop()
  assert.deepEqual((await readdir(path)).sort(), ['cluster', 'owner.lock', 'postgresql.log'])
})

test('a cluster whose role and database are missing gets them', async () => {
  const first = await start('shared')
  await first.dropDatabase('arv')
  await first.stop()
  await rm(join(folder, 'shared/cluster/arv-furnished'))
  const server = await start('shared')
  await query(server.url, 'select 1')
  await server.stop()
})

test('a data folder with a long path works', async () => {
  const server = await start(join('long', 'a'.repeat(100), 'b'.repeat(100)))
  assert.ok(Buffer.byteLength(join(server.connection.host, ',:5432/.s.PGSQL.5432')) <= 107)
  await query(server.url, 'select 1')
  await server.stop()
  await assert.rejects(stat(server.connection.host), { code: 'ENOENT' })
})

test('what is private stays so under any umask', async () => {
  for (const umask of ['077', '000']) {
    const holder = await hold(`umask-${umask}`, { umask })
    await query(holder.url, 'select 1')
    const path = join(folder, `umask-${umask}`)
    const modes = await Promise.all(
      ['.', 'socket', 'cluster', 'cluster/arv-passwords.json', 'postgresql.log'].map(async (name) => ((await stat(join(path, name))).mode & 0o777).toString(8)),
    )
    assert.deepEqual(modes, ['700', '700', '700', '600', '600'], umask)
    await end(holder)
  }
})

test('root runs it in a closed folder both ways, one after the other', { skip: !isRoot && 'needs root' }, async () => {
  const closed = await mkdtemp(join(homedir(), 'arv-closed-'))
  // A machine that forbids user namespaces.
  const forbidding = await mkdtemp(join(folder, 'bin-'))
  await writeFile(join(forbidding, 'unshare'), '#!/bin/sh\necho forbidden >&2; exit 1\n', { mode: 0o755 })
  const ownPath = process.env.PATH
  const path = `${forbidding}:${ownPath}`
  try {
    const first = await hold(join(closed, 'data'))
    await query(first.url, 'create table kept as select 5 as id')
    await end(first)
    const second = await hold(join(closed, 'data'), { path })
    assert.notEqual(second.way, first.way)
    assert.equal((await stat(join(closed, 'data/cluster/PG_VERSION'))).uid, NOBODY)
    assert.deepEqual([...(await query(second.url, 'select id from kept'))], [{ id: 5 }])
    await end(second)
    const third = await hold(join(closed, 'data'))
    assert.equal(third.way, second.way)
    await end(third)

    // The programs too may lie where only root may go.
    const bin = join(closed, 'native/bin')
    await cp(join(await findBinaries(closed), '..'), dirname(bin), { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
    process.env.PATH = path
    await ensureCluster(closed, bin, await chooseWay(closed, join(closed, 'cluster'), bin))

    await writeFile(join(forbidding, 'setpriv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    await assert.rejects(hold(join(closed, 'other'), { path }), /DATABASE_URL/)
  } finally {
    process.env.PATH = ownPath
    await rm(closed, { recursive: true, force: true })
  }
})

test('an ordinary user runs it, and root after him leaves it his', { skip: !isRoot && 'needs root' }, async () => {
  const path = join(folder, 'ordinary')
  await chmod(folder, 0o755)
  await mkdir(path)
  await chown(path, NOBODY, NOBODY)
  await end(await hold('ordinary', { uid: NOBODY }))
  await end(await hold('ordinary'))
  const again = await hold('ordinary', { uid: NOBODY })
  await query(again.url, 'select 1')
  await end(again)
})

function start(name: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir: join(folder, name), log: () => {} })
}

/** `name` is a folder's name among the tests', or a whole path. */
function startHolder(name: string, options: { umask?: string; path?: string; uid?: number } = {}): ChildProcess {
  const program = fileURLToPath(new URL('./holder.fixture.ts', import.meta.url))
  const dataDir = name.startsWith('/') ? name : join(folder, name)
  const child = spawn(process.execPath, [program, dataDir, ...(options.umask ? [options.umask] : [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: options.path ?? process.env.PATH },
    cwd: dirname(program),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  return child
}

async function hold(name: string, options: { umask?: string; path?: string; uid?: number } = {}): Promise<Holder> {
  const child = startHolder(name, options)
  let said = ''
  let complaint = ''
  child.stderr!.on('data', (piece) => (complaint += piece))
  child.stdout!.on('data', (piece) => (said += piece))
  await until('the holder is ready', async () => {
    if (child.exitCode !== null) throw new Error(complaint)
    return said.includes('\n')
  })
  return { process: child, ...JSON.parse(said) }
}

async function end(holder: Holder): Promise<void> {
  holder.process.stdin!.end()
  await once(holder.process, 'exit')
}

async function query(url: string, text: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await sql.unsafe(text)
  } finally {
    await sql.end()
  }
}

/** The shells that started this server and wait for its owner's end. */
async function supervisorsOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,sid='])
  const rows = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const [, parent, session] = rows.find(([id]) => id === pid)!
  return rows.filter(([id, ppid, sid]) => sid === session && id !== pid && (id === parent || ppid === parent)).map(([id]) => id)
}

async function run(command: string, args: string[]): Promise<{ stdout: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  for await (const piece of child.stdout) stdout += piece
  return { stdout }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function untilGone(pid: number): Promise<void> {
  // A process that has ended but was not yet fetched by its new parent counts as gone.
  await until(`process ${pid} is gone`, async () => !isAlive(pid) || /\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await condition())) {
    if (Date.now() > deadline) assert.fail(`Not within ${DEADLINE_MS / 1000} s: ${what}`)
    await sleep(5)
  }
}
