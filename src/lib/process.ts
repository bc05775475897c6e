import { access, chmod, constants, copyFile, lstat, mkdir, rename, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import type { Log } from './log.ts'
import { ProgramError, runProgram } from './program.ts'

export { ProgramError, runProgram } from './program.ts'
export type { ProgramFailure, ProgramOptions } from './program.ts'

export interface Programs {
  ffmpeg: string
  ffprobe: string
}

export interface FindProgramsOptions {
  /** `bundled` skips the system's; for tests, and for people whose system's one is broken. */
  prefer?: 'system' | 'bundled'
  /** Where a bundled program is copied to when its package's folder can't be written. */
  cacheDir?: string
}

/** libavcodec of FFmpeg 4.3. Its number says more than FFmpeg's, which builds from git don't carry. */
const libavcodecMin = [58, 91] as const
const advice = 'Install ffmpeg 4.3 or newer (Debian, Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg).'

/**
 * The ffmpeg and ffprobe to use: the system's when new enough and able to write H.264 and AAC, else those inside npm
 * packages. Says in the log which.
 * @throws Error with a sentence that says what to install
 */
export async function findPrograms(log: Pick<Log, 'info' | 'warn'>, options: FindProgramsOptions = {}): Promise<Programs> {
  if (options.prefer !== 'bundled') {
    const problem = await findProblem({ ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' }, true)
    if (problem === undefined) {
      log.info({ version: await getVersion('ffmpeg') }, 'using the system’s ffmpeg')
      return { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' }
    }
    log.info({ problem }, 'the system’s ffmpeg can’t be used')
  }
  const cacheDir = options.cacheDir ?? path.join(os.tmpdir(), `arv-programs-${process.getuid?.() ?? 0}`)
  const programs = {
    ffmpeg: await makeRunnable(findBundled('ffmpeg'), cacheDir),
    ffprobe: await makeRunnable(findBundled('ffprobe'), cacheDir),
  }
  const problem = await findProblem(programs, false)
  if (problem !== undefined) throw new Error(`No usable ffmpeg: ${problem}. ${advice}`)
  log.info({ version: await getVersion(programs.ffmpeg) }, 'using the ffmpeg of 2018 that npm brought')
  return programs
}

async function findProblem(programs: Programs, newEnough: boolean): Promise<string | undefined> {
  try {
    const limits = { timeoutMs: 20_000, outputBytesMax: 1_000_000 }
    for (const program of [programs.ffmpeg, programs.ffprobe]) {
      const { stdout } = await runProgram(program, ['-version'], limits)
      const found = /libavcodec\s+(\d+)\.\s*(\d+)/.exec(stdout)
      if (found === null) return `${program} does not say its version`
      const [major, minor] = [Number(found[1]), Number(found[2])]
      const old = major < libavcodecMin[0] || (major === libavcodecMin[0] && minor < libavcodecMin[1])
      if (newEnough && old) return `${program} is older than 4.3`
    }
    const { stdout } = await runProgram(programs.ffmpeg, ['-hide_banner', '-encoders'], limits)
    const missing = ['libx264', 'aac'].find((encoder) => !new RegExp(`^ [A-Z.]{6} ${encoder} `, 'm').test(stdout))
    return missing && `it has no encoder ${missing}`
  } catch (error) {
    return error instanceof ProgramError ? error.message : `it can’t be run (${(error as Error).message})`
  }
}

async function getVersion(program: string): Promise<string> {
  const { stdout } = await runProgram(program, ['-version'], { timeoutMs: 20_000, outputBytesMax: 1_000_000 })
  return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown'
}

function findBundled(name: 'ffmpeg' | 'ffprobe'): string {
  const packageName = `@${name}-installer/${process.platform}-${process.arch}`
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), name)
  } catch (cause) {
    throw new Error(`There is no usable ${name} on this machine, and npm has none for it. ${advice}`, { cause })
  }
}

/** npm runs no install scripts, so the executable bit may be missing; and the folder may belong to somebody else. */
async function makeRunnable(file: string, cacheDir: string): Promise<string> {
  if (await isExecutable(file)) return file
  try {
    await chmod(file, 0o755)
    if (await isExecutable(file)) return file
  } catch { /* not ours, or a read-only file system: copy it */ }
  await mkdir(cacheDir, { recursive: true, mode: 0o700 })
  const found = await lstat(cacheDir)
  const ours = found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())
  if (!ours) throw new Error(`${cacheDir} belongs to somebody else; remove it`)
  const { size, mtimeMs } = await stat(file)
  const copy = path.join(cacheDir, `${path.basename(file)}-${size}-${Math.floor(mtimeMs)}`)
  if (await isExecutable(copy)) return copy
  const partial = `${copy}.${process.pid}`
  await copyFile(file, partial)
  await chmod(partial, 0o755)
  await rename(partial, copy)
  return copy
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(() => true, () => false)
}
