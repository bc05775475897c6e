import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Way } from './privileges.ts'
import { initArguments, serverEnvironment } from './settings.ts'

const INIT_TIMEOUT_MS = 120_000
const MAJOR_VERSION = '18'
const DRAFT = 'cluster.draft-'

export type Passwords = { superuser: string; application: string }

export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'cluster')
}

/**
 * Makes the cluster when there is none. It is made under another name and renamed when whole, so one that has its name
 * is complete, and what a cut-short start left is thrown away. The caller owns the data folder.
 */
export async function ensureCluster(dataDir: string, bin: string, way: Way): Promise<void> {
  const cluster = clusterFolder(dataDir)
  await removeDrafts(dataDir)
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version !== undefined) return assertVersion(cluster, version.trim())
  if ((await readdir(cluster).catch(() => [])).length > 0) {
    throw new Error(`${cluster} is not empty and holds no database. Move it away, or choose another data folder.`)
  }

  const passwords: Passwords = { superuser: newPassword(), application: newPassword() }
  // Never the same name twice: a killed start's initdb may still be at work under the last one.
  const draft = join(dataDir, `${DRAFT}${randomBytes(4).toString('hex')}`)
  const passwordFile = `${draft}.password`
  await writeFile(passwordFile, `${passwords.superuser}\n`, { mode: 0o600 })
  await runInit(draft, passwordFile, bin, way)
  await rm(passwordFile)
  await writeDurably(passwordsFile(draft), JSON.stringify(passwords))
  await rename(draft, cluster)
  await syncFolder(dataDir)
}

export async function readPasswords(cluster: string): Promise<Passwords> {
  return JSON.parse(await readFile(passwordsFile(cluster), 'utf8'))
}

/** True until the application's role and database were made. */
export async function isBare(cluster: string): Promise<boolean> {
  return readFile(furnishedFile(cluster)).then(() => false, () => true)
}

export async function markFurnished(cluster: string): Promise<void> {
  await writeDurably(furnishedFile(cluster), '')
  await syncFolder(cluster)
}

async function removeDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(DRAFT)) continue
    // What a dying initdb still writes to may resist; the next start tries again.
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => {})
  }
}

function assertVersion(cluster: string, version: string): void {
  if (version === MAJOR_VERSION) return
  throw new Error(
    `${cluster} was made by PostgreSQL ${version}, and this ARV brings ${MAJOR_VERSION}. Start the ARV that made it ` +
      'and take a backup there, then restore it here into an empty data folder.',
  )
}

async function runInit(draft: string, passwordFile: string, bin: string, way: Way): Promise<void> {
  const [command, ...args] = [...way.prefix, join(bin, 'initdb'), ...initArguments(draft, passwordFile)]
  try {
    await promisify(execFile)(command, args, { env: serverEnvironment(), timeout: INIT_TIMEOUT_MS })
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string }
    throw new Error(`The database could not be created in ${draft}: ${(stderr || message).trim()}`, { cause })
  }
}

function newPassword(): string {
  return randomBytes(32).toString('base64url')
}

function passwordsFile(cluster: string): string {
  return join(cluster, 'arv-passwords.json')
}

function furnishedFile(cluster: string): string {
  return join(cluster, 'arv-furnished')
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
