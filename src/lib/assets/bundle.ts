import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { build, transform } from 'esbuild'
import { encodings, pack } from '../http/encoding.ts'
import type { Encoding } from '../http/encoding.ts'
import type { AssetFile } from './assets.ts'
import type { AssetEntry } from './entries.ts'

export interface BundleOptions {
  root: string
  entries: readonly AssetEntry[]
  /** Made anew; everything comes to lie in it. */
  folder: string
}

/** The oldest browsers that run the viewer: those with requestVideoFrameCallback and WebGL 2. */
const targets = ['chrome94', 'firefox115', 'safari16.4']
const contentTypes: Record<AssetEntry['kind'], string> = {
  script: 'text/javascript; charset=utf-8',
  worker: 'text/javascript; charset=utf-8',
  style: 'text/css; charset=utf-8',
  tailwind: 'text/css; charset=utf-8',
}

/** Bundles, minifies, names and packs every entry. @throws Error when a source can't be built */
export async function bundleAssets({ root, entries, folder }: BundleOptions): Promise<Record<string, AssetFile>> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const written = await Promise.all(entries.map(async (entry) => {
    const content = entry.kind === 'tailwind' ? await runTailwind(root, entry, folder) : await runEsbuild(root, entry)
    return [entry.name, await writeAsset(folder, entry, content)] as const
  }))
  return Object.fromEntries(written)
}

async function runEsbuild(root: string, entry: AssetEntry): Promise<Buffer> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry.source],
    bundle: true,
    write: false,
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    target: targets,
    platform: 'browser',
    format: entry.kind === 'worker' ? 'iife' : 'esm',
    loader: { '.wasm': 'binary' },
    logLevel: 'silent',
  })
  return Buffer.from(result.outputFiles[0].contents)
}

/** Tailwind's own program finds the class names that our views use and writes only their rules. */
async function runTailwind(root: string, entry: AssetEntry, folder: string): Promise<Buffer> {
  const require = createRequire(import.meta.url)
  const program = path.join(path.dirname(require.resolve('@tailwindcss/cli/package.json')), 'dist/index.mjs')
  const draft = path.join(folder, `.${entry.name}`)
  const child = spawn(process.execPath, [program, '--input', entry.source, '--output', draft], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaint += text })
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`Tailwind could not build ${entry.source}: ${complaint.trim()}`)
  const { code: css } = await transform(await readFile(draft, 'utf8'), { loader: 'css', minify: true, legalComments: 'none', target: targets })
  await rm(draft)
  return Buffer.from(css)
}

/** What a packed copy's name ends with. */
export const packedExtensions: Record<Encoding, string> = { br: '.br', zstd: '.zst', gzip: '.gz' }

async function writeAsset(folder: string, entry: AssetEntry, content: Buffer): Promise<AssetFile> {
  const digest = createHash('sha256').update(content).digest()
  const extension = path.extname(entry.name)
  const file = `${path.basename(entry.name, extension)}-${digest.toString('hex').slice(0, 12)}${extension}`
  await writeFile(path.join(folder, file), content)
  const packed: AssetFile['packed'] = {}
  for (const encoding of encodings) {
    const bytes = await pack(encoding, content, 'built')
    if (bytes.length >= content.length) continue
    await writeFile(path.join(folder, file + packedExtensions[encoding]), bytes)
    packed[encoding] = bytes.length
  }
  return { file, contentType: contentTypes[entry.kind], integrity: `sha256-${digest.toString('base64')}`, bytes: content.length, packed }
}
