import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { AppError } from '../../errors.ts'
import { runProgram } from '../process.ts'
import { createLocalStorage } from './local.ts'
import { receiveFile } from './receive.ts'
import type { Storage } from './storage.ts'

const hash = 'ab'.repeat(32)
let folder: string
let storage: Storage
let count = 0

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'arv-storage-'))
  storage = await createLocalStorage(path.join(folder, 'data'))
})
after(async () => {
  await storage.close()
  await rm(folder, { recursive: true, force: true })
})

describe('local storage', () => {
  test('takes a file over, finds it and reads any part of it', async () => {
    const file = await makeFile('0123456789')
    await storage.adopt(file, `${hash}/photo.jpg`)
    await assert.rejects(access(file))
    assert.deepEqual(await storage.find(`${hash}/photo.jpg`), { size: 10 })
    assert.equal(String(await buffer(storage.read(`${hash}/photo.jpg`))), '0123456789')
    assert.equal(String(await buffer(storage.read(`${hash}/photo.jpg`, { start: 2, end: 4 }))), '234')
    assert.equal(await readFile(await storage.localPath(`${hash}/photo.jpg`), 'utf8'), '0123456789')
  })

  test('keeps the first file of a key, whatever comes later', async () => {
    await storage.adopt(await makeFile('first'), `${hash}/twice`)
    const second = await makeFile('second')
    await storage.adopt(second, `${hash}/twice`)
    assert.equal(String(await buffer(storage.read(`${hash}/twice`))), 'first')
    await assert.rejects(access(second))
  })

  test('removes a file, and the folder with the last one', async () => {
    const other = 'cd'.repeat(32)
    await storage.adopt(await makeFile('a'), `${other}/a`)
    await storage.adopt(await makeFile('b'), `${other}/b`)
    await storage.remove(`${other}/a`)
    assert.equal(await storage.find(`${other}/a`), undefined)
    assert.deepEqual(await storage.find(`${other}/b`), { size: 1 })
    await storage.remove(`${other}/b`)
    await storage.remove(`${other}/b`)
    assert.deepEqual(await readdir(path.join(folder, 'data/files/cd')), [])
    await assert.rejects(storage.localPath(`${other}/b`), { code: 'not_found' })
  })

  test('survives removals and adoptions of the same folder at one time', async () => {
    const busy = 'ef'.repeat(32)
    await Promise.all(Array.from({ length: 12 }, async (_, worker) => {
      for (let round = 0; round < 20; round++) {
        await storage.adopt(await makeFile('x'), `${busy}/${worker}-${round}`)
        assert.ok(await storage.find(`${busy}/${worker}-${round}`))
        await storage.remove(`${busy}/${worker}-${round}`)
      }
    }))
    assert.deepEqual(await readdir(path.join(folder, 'data/files/ef')), [])
  })

  test('lets no key out of its folder', async () => {
    const bad = ['', '/', 'a', `${hash}`, `${hash}/`, `${hash}/..`, `${hash}/../x`, `../${hash}/x`, `${hash}/a/b`, `${hash}/.x`, `${hash.toUpperCase()}/x`, `${hash}/x\0y`, `${hash}/x\n`]
    for (const key of bad) {
      await assert.rejects(async () => await storage.find(key), { code: 'not_found' }, key)
      assert.throws(() => storage.read(key), { code: 'not_found' }, key)
      await assert.rejects(async () => await storage.adopt(await makeFile('x'), key), { code: 'not_found' }, key)
      await assert.rejects(async () => await storage.remove(key), { code: 'not_found' }, key)
    }
  })

  test('a process removes the folders of those that died, not of those that live; alone it removes all', async () => {
    const again = path.join(folder, 'again')
    const one = await createLocalStorage(again)
    await writeFile(path.join(one.incoming, 'arriving'), 'x')
    await one.adopt(await makeFile('kept'), `${hash}/kept`)
    const old = async (name: string) => await utimes(path.join(again, 'incoming', name), 0, 0)
    await old(path.basename(path.dirname(one.incoming)))
    for (const name of ['dead', 'just-made']) await mkdir(path.join(again, 'incoming', name, 'files'), { recursive: true })
    await writeFile(path.join(again, 'incoming/dead/files/left'), 'x')
    await writeFile(path.join(again, 'incoming/of-an-older-version'), 'x')
    for (const name of ['dead', 'of-an-older-version']) await old(name)
    const two = await createLocalStorage(again)
    const owners = [one, two].map(({ incoming }) => path.basename(path.dirname(incoming)))
    assert.deepEqual((await readdir(path.join(again, 'incoming'))).sort(), [...owners, 'just-made'].sort())
    assert.deepEqual(await readdir(one.incoming), ['arriving'])
    assert.deepEqual(await two.find(`${hash}/kept`), { size: 4 })
    await one.close()
    await two.close()
    const three = await createLocalStorage(again, { alone: true })
    assert.deepEqual(await readdir(path.join(again, 'incoming')), [path.basename(path.dirname(three.incoming))])
    await three.close()
  })
})

describe('receiveFile', () => {
  test('writes what comes and tells its size and hash', async () => {
    const pieces = [Buffer.from('some '), Buffer.alloc(0), Buffer.from('bytes')]
    const received = await receive(Readable.from(pieces))
    assert.equal(await readFile(received.path, 'utf8'), 'some bytes')
    assert.equal(received.size, 10)
    assert.equal(received.sha256, createHash('sha256').update('some bytes').digest('hex'))
    await rm(received.path)
  })

  test('takes exactly as many bytes as allowed, and not one more', async () => {
    await rm((await receive(Readable.from([Buffer.alloc(600), Buffer.alloc(400)]), 1000)).path)
    await assert.rejects(receive(Readable.from([Buffer.alloc(600), Buffer.alloc(401)]), 1000), { code: 'photo_too_large' })
    await assertNothingLeft()
  })

  test('keeps nothing of an upload that breaks off', async () => {
    const broken = new Readable({ read() {} })
    broken.push(Buffer.alloc(1000))
    setImmediate(() => broken.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })))
    await assert.rejects(receive(broken), { code: 'upload_aborted' })
    const closed = new Readable({ read() {} })
    setImmediate(() => closed.destroy())
    await assert.rejects(receive(closed), { code: 'upload_aborted' })
    await assertNothingLeft()
  })

  test('stops when asked to, before and during', async () => {
    const controller = new AbortController()
    const endless = new Readable({ read() { this.push(Buffer.alloc(1000)) } })
    const options = { folder: storage.incoming, bytesMax: Infinity, tooLarge, signal: controller.signal }
    setTimeout(() => controller.abort(), 20)
    await assert.rejects(receiveFile(endless, options), { code: 'upload_aborted' })
    assert.ok(endless.destroyed)
    await assert.rejects(receiveFile(Readable.from(['x']), options), { code: 'upload_aborted' })
    await assertNothingLeft()
  })

  test('holds the sender back instead of holding the file in memory', async () => {
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const pieces = function* () {
      for (let index = 0; index < 200; index++) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
        yield Buffer.alloc(1_000_000, index)
      }
    }
    const received = await receive(Readable.from(pieces()), 200_000_000)
    assert.equal(received.size, 200_000_000)
    assert.ok(most < 100_000_000, `${most} bytes were held`)
    await rm(received.path)
  })

  test('says that the disk is full, and leaves nothing', async () => {
    const script = `
      import { Readable } from 'node:stream'
      import { receiveFile } from ${JSON.stringify(path.join(import.meta.dirname, 'receive.ts'))}
      const stream = Readable.from([Buffer.alloc(50_000), Buffer.alloc(50_000)])
      await receiveFile(stream, { folder: ${JSON.stringify(storage.incoming)}, bytesMax: 1e6, tooLarge() {} }).catch((error) => console.log(error.code))`
    // a limit on file size stands in for a full disk
    const { stdout } = await runProgram('sh', ['-c', 'ulimit -f 100; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script], { timeoutMs: 20_000, outputBytesMax: 1000 })
    assert.equal(stdout.trim(), 'storage_full')
    await assertNothingLeft()
  })
})

const tooLarge = () => new AppError('photo_too_large')

function receive(stream: Readable, bytesMax = 1e9) {
  return receiveFile(stream, { folder: storage.incoming, bytesMax, tooLarge })
}

async function makeFile(content: string): Promise<string> {
  const file = path.join(storage.incoming, `test-${count++}`)
  await writeFile(file, content)
  return file
}

async function assertNothingLeft(): Promise<void> {
  assert.deepEqual((await readdir(storage.incoming)).filter((name) => !name.startsWith('test-')), [])
}
