import { randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Log } from '../log.ts'
import { bundleAssets, packedExtensions } from './bundle.ts'
import type { Encoding } from '../http/encoding.ts'
import { chooseEncoding, encodings } from '../http/encoding.ts'
import type { AssetEntry } from './entries.ts'
import { assetEntries, assetInputs } from './entries.ts'
import { hashInputs } from './inputs.ts'

export interface AssetFile {
  /** `viewer-1A2B3C4D.js` */
  file: string
  contentType: string
  /** `sha256-…`, for `integrity` attributes and for Content-Security-Policy sources. */
  integrity: string
  bytes: number
  /** The packed copies that are smaller than the file, and their sizes. */
  packed: Partial<Record<Encoding, number>>
}

export interface AssetManifest {
  inputs: string
  assets: Record<string, AssetFile>
}

export interface FoundAsset {
  path: string
  contentType: string
  /** null: as it is, no Content-Encoding. */
  encoding: Encoding | null
  bytes: number
}

export interface Assets {
  manifest: AssetManifest
  /** The address of an asset by its plain name. @throws Error when there is none of that name */
  url(name: string): string
  /** `sha256-…` of its content. @throws Error when there is none of that name */
  integrity(name: string): string
  /** Its content, for styles that stand in the page itself. @throws Error when there is none of that name */
  text(name: string): string
  /** The file to answer `/assets/{hashedName}` with, packed as the Accept-Encoding header allows. */
  find(hashedName: string, acceptEncoding: string | undefined): FoundAsset | undefined
}

export interface AssetOptions {
  log: Pick<Log, 'info'>
  /** Where browsers load them from, when not from here. */
  host?: string | undefined
  /** The project's folder; ours unless told. */
  root?: string
  entries?: readonly AssetEntry[]
}

const projectRoot = path.resolve(import.meta.dirname, '../../..')
const buildFolder = 'public/build'
/** Pages that were opened before an update still load what they name; and another process may be serving it. */
const oldBuildsKept = 3
/** A draft that old was left by a process that was killed. */
const draftMaxMs = 60 * 60 * 1000

/**
 * Makes what browsers load, unless it is there already for these very inputs, and loads it. Safe to run in several
 * processes at once: each builds in a folder of its own, and the first to finish gives its folder the final name.
 * @throws Error when a source can't be built
 */
export async function buildAssets({ log, host, root = projectRoot, entries = assetEntries }: AssetOptions): Promise<Assets> {
  const started = performance.now()
  const inputs = await hashInputs(root, assetInputs, entries)
  const folder = path.join(root, buildFolder)
  const built = path.join(folder, inputs)
  if (!(await exists(path.join(built, 'manifest.json')))) {
    const draft = path.join(folder, `.draft-${randomUUID()}`)
    try {
      const assets = await bundleAssets({ root, entries, folder: draft })
      await writeFile(path.join(draft, 'manifest.json'), JSON.stringify({ inputs, assets } satisfies AssetManifest, null, 2))
      await rename(draft, built).catch(async (error: NodeJS.ErrnoException) => {
        if (!(await exists(path.join(built, 'manifest.json')))) throw error
      })
      log.info({ ms: Math.round(performance.now() - started) }, 'built what browsers load')
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }
  await pointTo(folder, inputs)
  return await loadAssets({ root, host })
}

/** Loads what was built last. @throws Error when nothing was */
export async function loadAssets({ root = projectRoot, host = '' }: { root?: string; host?: string | undefined } = {}): Promise<Assets> {
  const folder = path.join(root, buildFolder)
  const current = await readFile(path.join(folder, 'current'), 'utf8').catch((cause: unknown) => {
    throw new Error('public/build is empty: nothing was built yet. Start ARV with npm start.', { cause })
  })
  const built = path.join(folder, current.trim())
  const manifest = JSON.parse(await readFile(path.join(built, 'manifest.json'), 'utf8')) as AssetManifest
  const texts = new Map<string, string>()
  for (const [name, asset] of Object.entries(manifest.assets)) {
    if (name.endsWith('.css')) texts.set(name, await readFile(path.join(built, asset.file), 'utf8'))
  }
  const files = await findFiles(folder, manifest)
  const get = (name: string): AssetFile => {
    const asset = manifest.assets[name]
    if (asset === undefined) throw new Error(`There is no asset “${name}”. src/lib/assets/entries.ts lists them.`)
    return asset
  }
  return {
    manifest,
    // Browsers take a worker's script from the page's own host only.
    url: (name) => `${name.includes('worker') ? '' : host}/assets/${get(name).file}`,
    integrity: (name) => get(name).integrity,
    text: (name) => {
      get(name)
      const text = texts.get(name)
      if (text === undefined) throw new Error(`“${name}” is no style sheet; only those are kept as text.`)
      return text
    },
    find: (hashedName, acceptEncoding) => {
      const found = files.get(hashedName)
      return found === undefined ? undefined : chooseCopy(found.folder, found.asset, acceptEncoding ?? '')
    },
  }
}

/** Every file that may be asked for, by its hashed name: those of this build, and of the older ones that are kept. */
async function findFiles(folder: string, current: AssetManifest): Promise<Map<string, { folder: string; asset: AssetFile }>> {
  const older: AssetManifest[] = []
  for (const name of await listBuilds(folder)) {
    const text = name === current.inputs ? undefined : await readFile(path.join(folder, name, 'manifest.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) older.push(JSON.parse(text) as AssetManifest)
  }
  return new Map([...older, current].flatMap(({ inputs, assets }) => Object.values(assets).map((asset) => [asset.file, { folder: path.join(folder, inputs), asset }])))
}

function chooseCopy(built: string, asset: AssetFile, acceptEncoding: string): FoundAsset {
  const file = path.join(built, asset.file)
  const encoding = chooseEncoding(acceptEncoding, encodings.filter((name) => asset.packed[name] !== undefined).sort((a, b) => asset.packed[a]! - asset.packed[b]!))
  if (encoding === null) return { path: file, contentType: asset.contentType, encoding: null, bytes: asset.bytes }
  return { path: file + packedExtensions[encoding], contentType: asset.contentType, encoding, bytes: asset.packed[encoding]! }
}

/** Makes this build the current one, and removes those that nobody can need any more. */
async function pointTo(folder: string, inputs: string): Promise<void> {
  const pointer = path.join(folder, 'current')
  if ((await readFile(pointer, 'utf8').catch(() => '')) === inputs) return
  const draft = path.join(folder, `.draft-${randomUUID()}`)
  await writeFile(draft, inputs)
  await rename(draft, pointer)
  const builds = await Promise.all(
    (await listBuilds(folder))
      .filter((name) => name !== inputs)
      .map(async (name) => ({ name, time: (await stat(path.join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  )
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith('.draft-'))) {
    const found = await stat(path.join(folder, name)).catch(() => undefined)
    if (found !== undefined && found.mtimeMs < Date.now() - draftMaxMs) await rm(path.join(folder, name), { recursive: true, force: true })
  }
  for (const { name } of builds.sort((a, b) => b.time - a.time).slice(oldBuildsKept)) await rm(path.join(folder, name), { recursive: true, force: true })
}

async function listBuilds(folder: string): Promise<string[]> {
  return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name)
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(() => true, () => false)
}
