import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { claimFolder, FolderTakenError } from './ownership.ts'

const folder = await mkdtemp(join(tmpdir(), 'arv-owner-'))
after(() => rm(folder, { recursive: true, force: true }))

/** Claims the folder in a process of its own, which prints `won` or `lost` and, having won, stays. */
function startClaimer(path: string) {
  const program = `
    import { claimFolder } from ${JSON.stringify(new URL('./ownership.ts', import.meta.url).href)}
    claimFolder(${JSON.stringify(path)}).then(() => { console.log('won'); setInterval(() => {}, 1000) }, () => console.log('lost'))`
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstWord(claimer: ReturnType<typeof startClaimer>): Promise<string> {
  const [piece] = await once(claimer.stdout, 'data')
  return String(piece).trim()
}

test('a claimed folder is refused, with the holder named, until it is released', async () => {
  const path = join(folder, 'released')
  const claim = await claimFolder(path)
  await assert.rejects(claimFolder(path), (error) => error instanceof FolderTakenError && error.pid === process.pid && error.message.includes(String(process.pid)))
  await claim.release()
  await claim.release()
  await (await claimFolder(path)).release()
})

test('of several processes that claim a folder at once exactly one wins', async () => {
  const path = join(folder, 'raced')
  const claimers = Array.from({ length: 5 }, () => startClaimer(path))
  const words = await Promise.all(claimers.map(firstWord))
  for (const claimer of claimers) claimer.kill('SIGKILL')
  assert.deepEqual(words.sort(), ['lost', 'lost', 'lost', 'lost', 'won'])
})

test('a claim ends with its holder, however that dies, and is refused before', async () => {
  const path = join(folder, 'killed')
  const holder = startClaimer(path)
  assert.equal(await firstWord(holder), 'won')
  await assert.rejects(claimFolder(path), { name: 'FolderTakenError', pid: holder.pid })
  holder.kill('SIGKILL')
  // At once: the kernel may need a moment more than we do.
  await (await claimFolder(path)).release()
})
