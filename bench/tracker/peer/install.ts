import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compileApart } from '../compile.ts'
import type { Photo } from '../photos.ts'

const BENCH = fileURLToPath(new URL('../../', import.meta.url))
const CACHE = `${BENCH}out/peer`

/** Installs what we compare with; without scripts, since MindAR's native canvas is not needed. False when it cannot be had. */
export async function installPeer(): Promise<boolean> {
  if (existsSync(`${BENCH}node_modules/mind-ar/package.json`)) return true
  console.log('  installing MindAR into bench/node_modules')
  try {
    await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: BENCH, timeout: 300_000 })
    return true
  } catch (error) {
    console.log(`  MindAR could not be installed: ${(error as Error).message.split('\n')[0]}`)
    return false
  }
}

/** MindAR's target file of a photo, made by its own compiler once and kept in bench/out/peer. */
export async function peerTarget({ name, image }: Photo): Promise<Uint8Array> {
  const path = `${CACHE}/${name}-${image.width}x${image.height}.mind`
  if (existsSync(path)) return new Uint8Array(await readFile(path))
  const { file } = await compileApart('mindar', image)
  await mkdir(CACHE, { recursive: true })
  await writeFile(path, file)
  return file
}
