import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GrayImage } from '../../packages/tracker/src/types.ts'
import { quantile } from './figures.ts'
import { loadGrayAt } from './photos.ts'

const run = promisify(execFile)
const CHILD = fileURLToPath(new URL('compile-child.ts', import.meta.url))
const TIMEOUT_MS = 300_000

export interface Compilation { ms: number, cpuMs: number, extraMb: number, bytes: number, file: Uint8Array }

/** Compile in a fresh process held to one core. */
export async function compileApart(who: 'ours' | 'mindar', image: GrayImage): Promise<Compilation> {
  const folder = await mkdtemp(join(tmpdir(), 'arv-compile-'))
  try {
    const grey = join(folder, 'grey'), out = join(folder, 'out')
    await writeFile(grey, image.data)
    const command = [process.execPath, '--max-old-space-size=8192', CHILD, who, grey, String(image.width), String(image.height), out]
    const { stdout } = await run('taskset', ['-c', '0', ...command], { timeout: TIMEOUT_MS, maxBuffer: 10_000_000 })
    return { ...JSON.parse(stdout.trim().split('\n').at(-1)!), file: new Uint8Array(await readFile(out)) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

export interface CompileRow {
  size: string
  ours: Omit<Compilation, 'file'>
  peer: Omit<Compilation, 'file'> | null
}

/** Compile times by size of photo, median of three processes for ours and one run of MindAR. */
export async function measureCompile(quick: boolean, withPeer: boolean): Promise<CompileRow[]> {
  const sizes = quick ? [[640, 480], [1000, 1500]] : [[640, 480], [1000, 1500], [3000, 2000], [10_000, 10_000]]
  const rows: CompileRow[] = []
  for (const [width, height] of sizes) {
    const image = await loadGrayAt('hubble_deep_field.jpg', width, height)
    const runs: Compilation[] = []
    for (let i = 0; i < (quick ? 1 : 3); i++) runs.push(await compileApart('ours', image))
    const middle = (field: 'ms' | 'cpuMs' | 'extraMb' | 'bytes') => quantile(runs.map(one => one[field]), 0.5)!
    // MindAR never downsizes: 100 million pixels would take it a quarter of an hour and tens of gigabytes.
    const peer = withPeer && width * height <= (quick ? 400_000 : 6_000_000) ? await compileApart('mindar', image) : null
    rows.push({
      size: `${width}×${height}`,
      ours: { ms: middle('ms'), cpuMs: middle('cpuMs'), extraMb: middle('extraMb'), bytes: middle('bytes') },
      peer: peer && { ms: peer.ms, cpuMs: peer.cpuMs, extraMb: peer.extraMb, bytes: peer.bytes },
    })
    console.log(`  compile ${width}×${height}: ours ${middle('ms').toFixed(0)} ms, MindAR ${peer ? peer.ms.toFixed(0) + ' ms' : 'not run'}`)
  }
  return rows
}
