#!/usr/bin/env node
import { readFile, writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { parseArgs } from 'node:util'
import { drawHeatMap } from './cli/heatmap.ts'
import { loadPhoto } from './cli/photo.ts'
import { describeScore } from './cli/words.ts'
import { trackVideo } from './cli/video.ts'
import { compile } from './compile.ts'
import { compileMind, targetsFromMind } from './mind.ts'
import { score } from './score.ts'
import { readTarget } from './target/target.ts'
import type { Target } from './target/target.ts'
import { TrackerError } from './types.ts'

const USAGE = `arv-tracker compile PHOTO… [-o FILE] [--mind]    photo to target; --mind: one .mind file for MindAR
arv-tracker score PHOTO [--json] [--heatmap FILE.png]    will it be recognised once printed?
arv-tracker track TARGET… VIDEO [-o FILE]    where the photo is in every frame, one line of JSON each

Reads JPEG, PNG, WebP, TIFF, AVIF (needs the package sharp) and PGM. TARGET is an .arv or a .mind file. track needs ffmpeg.`

const OPTIONS = {
  output: { type: 'string', short: 'o' }, mind: { type: 'boolean' }, json: { type: 'boolean' }, heatmap: { type: 'string' }, help: { type: 'boolean', short: 'h' },
} as const

type Options = ReturnType<typeof parse>['values']

/** What was asked for makes no sense; the answer is how to ask. */
class UsageError extends Error {}

/**
 * Runs one command line (without program names).
 * @returns the exit code: 0 done, 1 it can't be done, 2 it was not understood
 */
export async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals: [command, ...files] } = parse(args)
    if (values.help || command === undefined) {
      console.log(USAGE)
      return values.help ? 0 : 2
    }
    if (command === 'compile') await runCompile(files, values)
    else if (command === 'score') await runScore(files, values)
    else if (command === 'track') await runTrack(files, values)
    else throw new UsageError(`unknown command “${command}”`)
    return 0
  } catch (error) {
    const misunderstood = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
    const code = error instanceof TrackerError ? ` (${error.code})` : ''
    console.error(`arv-tracker: ${(error as Error).message}${code}${misunderstood ? `\n\n${USAGE}` : ''}`)
    return misunderstood ? 2 : 1
  }
}

function parse(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true })
}

async function runCompile(files: string[], { output, mind }: Options): Promise<void> {
  if (files.length === 0) throw new UsageError('compile needs a photo')
  if (mind) {
    const photos = []
    for (const file of files) photos.push(await loadPhoto(file))
    return save(output ?? withEnding(files[0], '.mind'), compileMind(photos))
  }
  if (output && files.length > 1) throw new UsageError('-o names one file; several photos make several targets')
  for (const file of files) await save(output ?? withEnding(file, '.arv'), compile(await loadPhoto(file)))
}

async function runScore(files: string[], { json, heatmap }: Options): Promise<void> {
  if (files.length !== 1) throw new UsageError('score needs one photo')
  const photo = await loadPhoto(files[0])
  const result = score(photo, readTarget(compile(photo)))
  const grid = { ...result.grid, values: Array.from(result.grid.values) }
  console.log(json ? JSON.stringify({ ...result, grid }, null, 2) : describeScore(result))
  if (heatmap) await save(heatmap, await drawHeatMap(photo, result.grid), !json)
}

async function runTrack(files: string[], { output }: Options): Promise<void> {
  if (files.length < 2) throw new UsageError('track needs a target and a video')
  const targets: Target[] = []
  for (const file of files.slice(0, -1)) targets.push(...readTargets(new Uint8Array(await readFile(file))))
  const lines: string[] = []
  const emit = (line: object) => {
    if (output) lines.push(JSON.stringify(line))
    else console.log(JSON.stringify(line))
  }
  const { frames, tracked, msPerFrame } = await trackVideo(files[files.length - 1], targets, emit)
  if (output) await save(output, new TextEncoder().encode(lines.map(line => `${line}\n`).join('')), false)
  console.error(`${tracked} of ${frames} frames tracked, ${msPerFrame.toFixed(1)} ms per frame`)
}

/** An .arv file begins with ARVT; what else there is must be a .mind file. */
function readTargets(bytes: Uint8Array): Target[] {
  const ours = new TextDecoder('latin1').decode(bytes.subarray(0, 4)) === 'ARVT'
  return ours ? [readTarget(bytes)] : targetsFromMind(bytes).map(readTarget)
}

async function save(path: string, bytes: Uint8Array, tell = true): Promise<void> {
  await writeFile(path, bytes)
  if (tell) console.log(`${path}: ${(bytes.length / 1024).toFixed(1)} KB`)
}

function withEnding(path: string, ending: string): string {
  return basename(path, extname(path)) + ending
}

if (import.meta.main) {
  // `arv-tracker track … | head` closes the pipe early: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  process.exitCode = await main(process.argv.slice(2))
}
