import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { resetPassword as resetAccountPassword } from './accounts/accounts.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { writeGeneratedFiles } from './lib/db/generate.ts'
import { migrateToLatest } from './lib/db/migrate.ts'
import { connectDatabase } from './lib/db/db.ts'
import { openDatabase } from './lib/db/open.ts'
import type { OpenDatabase } from './lib/db/open.ts'
import { findRunningUrl } from './lib/db/embedded/embedded.ts'
import { createLog } from './lib/log.ts'
import { FolderTakenError } from './lib/ownership.ts'
import { migrateQueue } from './lib/queue/queue.ts'
import { checkStorage, openStorage } from './lib/storage/open.ts'
import { seed } from './seed.ts'

export async function migrate(config: Config): Promise<void> {
  const log = createLog({ level: 'warn', pretty: process.stdout.isTTY })
  const opened = await openDatabase({ ...config, log })
  try {
    const names = await migrateToLatest(opened.database.db)
    await migrateQueue(opened.url, log)
    console.log(names.length === 0 ? 'The database is up to date.' : `Done: ${names.join(', ')}`)
  } finally {
    await opened.close()
  }
}

/** Tries the storage as it is set up, beside a running server or without one. */
export async function checkStorageNow(config: Config): Promise<void> {
  const storage = await openStorage({ dir: path.join(config.dataDir, 'storage'), s3: config.s3, nearBytesMax: 0, alone: false, log: createLog({ level: 'warn', pretty: process.stdout.isTTY }) })
  try {
    const place = config.s3 === undefined ? config.dataDir : `${config.s3.bucket} at ${config.s3.endpoint}`
    const problem = await checkStorage(storage)
    if (problem === undefined) console.log(`Files can be stored, read and removed: ${place}`)
    else console.error(`Files cannot be kept in ${place}.\n${problem}`)
    process.exitCode = problem === undefined ? 0 : 1
  } finally {
    await storage.close()
  }
}

/** Makes a database of its own for the moment, so that what is written follows from the migrations alone. */
export async function generate(): Promise<void> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-generate-'))
  const opened = await openDatabase({ dataDir, databaseUrl: undefined, log: createLog({ level: 'warn', pretty: true }) })
  try {
    await migrateToLatest(opened.database.db)
    const changed = await writeGeneratedFiles(opened.database.db)
    console.log(changed.length === 0 ? 'Nothing has changed.' : `Written: ${changed.join(', ')}`)
  } finally {
    await opened.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** For trials only: what it makes cannot be told from orders of people. */
export async function seedDatabase(config: Config, args: string[]): Promise<void> {
  const read = (name: string) => Number(args[args.indexOf(`--${name}`) + 1])
  const [contents, visits] = ['contents', 'visits'].map((name) => (args.includes(`--${name}`) ? read(name) : 0))
  if (![contents, visits].every((count) => Number.isSafeInteger(count) && count >= 0) || contents + visits === 0) {
    console.error('How much? npm run arv -- seed --contents 1000 --visits 50000')
    process.exitCode = 2
    return
  }
  const opened = await openBesideServer(config)
  try {
    await migrateToLatest(opened.database.db)
    const started = performance.now()
    await seed(opened.database.db, { contents, visits, onProgress: (line) => console.log(`${((performance.now() - started) / 1000).toFixed(1)} s  ${line}`) })
  } finally {
    await opened.close()
  }
}

/** Works beside a running server as well as without one. */
export async function resetPassword(config: Config, args: string[]): Promise<void> {
  const [email] = args
  if (email === undefined) {
    console.error('Whose? npm run arv -- reset-password EMAIL')
    process.exitCode = 2
    return
  }
  const opened = await openBesideServer(config)
  try {
    await migrateToLatest(opened.database.db)
    const password = await resetAccountPassword(opened.database.db, email)
    console.log(`The new password of ${email}: ${password}\nEvery session of this account has ended.`)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not_found')) throw error
    console.error(`There is no account with the e-mail ${email}.`)
    process.exitCode = 1
  } finally {
    await opened.close()
  }
}

async function openBesideServer(config: Config): Promise<OpenDatabase> {
  try {
    return await openDatabase({ ...config, log: createLog({ level: 'warn', pretty: process.stdout.isTTY }) })
  } catch (error) {
    if (!(error instanceof FolderTakenError)) throw error
    const url = await findRunningUrl(path.join(config.dataDir, 'postgres'))
    const database = connectDatabase(url)
    return { database, url, soleOwner: false, close: () => database.end() }
  }
}
