import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'

const BENCH = fileURLToPath(new URL('../../', import.meta.url))
const BROWSER = fileURLToPath(new URL('../browser/', import.meta.url))
const ENGINE = fileURLToPath(new URL('../../../packages/tracker/src/index.ts', import.meta.url))

/** MindAR imports its workers the way Vite knows (`?worker&inline`): here as a class around a bundled text. */
const inlineWorkers: Plugin = {
  name: 'inline-workers',
  setup(context) {
    context.onResolve({ filter: /\?worker&inline$/ }, async ({ path, resolveDir, kind }) => {
      const resolved = await context.resolve(path.replace(/\?.*/, ''), { resolveDir, kind })
      return { path: resolved.path, namespace: 'worker' }
    })
    context.onLoad({ filter: /.*/, namespace: 'worker' }, async ({ path }) => {
      const worker = await bundle(path)
      return { contents: `export default function InlineWorker() { return new Worker(URL.createObjectURL(new Blob([${JSON.stringify(worker)}]))) }` }
    })
  },
}

/** One script for a page or a worker. */
async function bundle(entry: string, plugins: Plugin[] = [], format: 'iife' | 'esm' = 'iife'): Promise<string> {
  const result = await build({
    entryPoints: [entry], bundle: true, minify: true, write: false, format, target: 'es2022', platform: 'browser',
    nodePaths: [`${BENCH}node_modules`], plugins, logLevel: 'error',
  })
  return result.outputFiles[0].text
}

/** The benchmark's page script around one of the trackers. */
export function bundlePage(who: 'ours' | 'mindar'): Promise<string> {
  const choice: Plugin = { name: 'choice', setup: context => context.onResolve({ filter: /^film-tracker$/ }, () => ({ path: `${BROWSER}${who}.js` })) }
  return bundle(`${BROWSER}page.js`, [choice, inlineWorkers])
}

/** Bytes of a tracker alone, as a page would load it, minified and gzipped. */
export async function bundleSizes(): Promise<{ ours: number, peer: number }> {
  const ours = await bundle(ENGINE, [], 'esm')
  const peer = await readFile(`${BENCH}node_modules/mind-ar/dist/${await peerController()}`)
  return { ours: gzipSync(ours, { level: 9 }).length, peer: gzipSync(peer, { level: 9 }).length }
}

/** MindAR's published file that holds its controller; its name carries a hash. */
async function peerController(): Promise<string> {
  const entry = await readFile(`${BENCH}node_modules/mind-ar/dist/mindar-image.prod.js`, 'utf8')
  return entry.match(/controller-[\w-]+\.js/)![0]
}
