import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'

export interface ProgramOptions {
  /** After this the program and everything it started are killed. */
  timeoutMs: number
  /** Address space. A program that wants more sees its allocation fail. */
  memoryBytesMax?: number
  /** Aborting kills the program and everything it started. */
  signal?: AbortSignal
  /** Called with each line of standard output as it comes; `stdout` is then empty. */
  onLine?: (line: string) => void
  /** What the program reads from standard input; without it that is empty. */
  input?: string | Uint8Array
  /** More standard output than this (without `onLine`), or a longer line (with it), is an error. */
  outputBytesMax: number
  /** Let everybody else go first: for work that nobody waits for at this moment. */
  background?: boolean
}

export type ProgramFailure = 'missing' | 'exit' | 'timeout' | 'aborted' | 'output'

/** Why a program did not do its work. The message ends with the last lines it wrote to standard error. */
export class ProgramError extends Error {
  readonly failure: ProgramFailure
  /** The last kilobytes of standard error. */
  readonly stderr: string
  constructor(program: string, failure: ProgramFailure, how: string, stderr: string, cause?: unknown) {
    const lines = stderr.trim().split('\n').slice(-8).join('\n')
    super(`${path.basename(program)} ${how}${lines === '' ? '' : `:\n${lines}`}`, cause === undefined ? undefined : { cause })
    this.name = 'ProgramError'
    this.failure = failure
    this.stderr = stderr
  }
}

/**
 * Runs a program under a time and memory limit, in its own process group, with a bare environment (its input may be
 * hostile and our secrets are none of its business). It ends when we do, even by `kill -9`.
 * @throws ProgramError
 */
export async function runProgram(
  command: string, args: readonly string[], options: ProgramOptions,
): Promise<{ stdout: string; stderr: string }> {
  if (options.signal?.aborted) throw new ProgramError(command, 'aborted', 'was not started', '', options.signal.reason)
  const tie = await findParentTie()
  const child = start(tie, command, args, options)
  return await new Promise((resolve, reject) => {
    let stopped: { failure: ProgramFailure; how: string; cause?: unknown } | undefined
    const stop = (failure: ProgramFailure, how: string, cause?: unknown) => {
      stopped ??= { failure, how, cause }
      killGroup(child)
    }
    const stderr = keepTail(child.stderr!, 16_384)
    const stdout = options.onLine === undefined
      ? keepAll(child.stdout!, options.outputBytesMax, () => stop('output', `wrote more than ${options.outputBytesMax} bytes`))
      : readLines(child.stdout!, options.outputBytesMax, options.onLine, (cause) => stop('output', 'wrote something unexpected', cause))
    const timer = setTimeout(() => stop('timeout', `was stopped after ${options.timeoutMs} ms`), options.timeoutMs)
    const abort = () => stop('aborted', 'was stopped', options.signal?.reason)
    options.signal?.addEventListener('abort', abort, { once: true })
    const finish = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
      child.stdio[3]?.destroy()
    }
    child.on('error', (error) => {
      finish()
      reject(new ProgramError(command, 'missing', 'could not be started', '', error))
    })
    child.on('close', (code, signal) => {
      finish()
      if (stopped !== undefined) return reject(new ProgramError(command, stopped.failure, stopped.how, stderr(), stopped.cause))
      if (code === 0) return resolve({ stdout: stdout(), stderr: stderr() })
      const failure = code === 126 || code === 127 ? 'missing' : 'exit'
      reject(new ProgramError(command, failure, signal === null ? `ended with code ${code}` : `was ended by ${signal}`, stderr()))
    })
  })
}

/** How a child learns that we died: the kernel tells it (Linux), or a little watcher reads a pipe from us until its end. */
type ParentTie = 'kernel' | 'pipe'
let parentTie: Promise<ParentTie> | undefined

function findParentTie(): Promise<ParentTie> {
  parentTie ??= new Promise((resolve) => {
    const probe = spawn('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' })
    probe.on('error', () => resolve('pipe'))
    probe.on('close', (code) => resolve(code === 0 ? 'kernel' : 'pipe'))
  })
  return parentTie
}

// $1 our pid, $2 kilobytes of memory or "unlimited", $3 niceness, then the program. The check of PPID closes the gap in
// which we die before the tie is made.
const setLimits = `[ "$PPID" = "$1" ] || exit 125
ulimit -c 0 2>/dev/null
[ "$2" = unlimited ] || ulimit -v "$2" 2>/dev/null
n=$3; shift 3
`
const scripts: Record<ParentTie, string> = {
  kernel: `${setLimits}exec nice -n "$n" env -i PATH="$PATH" LC_ALL=C "$@"`,
  pipe: `${setLimits}{ read -r _; kill -KILL 0; } <&3 >/dev/null 2>&1 &
exec nice -n "$n" env -i PATH="$PATH" LC_ALL=C "$@" 3<&-`,
}

function start(tie: ParentTie, command: string, args: readonly string[], options: ProgramOptions): ChildProcess {
  const kilobytes = options.memoryBytesMax === undefined ? 'unlimited' : String(Math.floor(options.memoryBytesMax / 1024))
  const shell = ['sh', '-c', scripts[tie], 'sh', String(process.pid), kilobytes, options.background ? '10' : '0', command, ...args]
  const [first, ...rest] = tie === 'kernel' ? ['setpriv', '--pdeathsig', 'KILL', ...shell] : shell
  const child = spawn(first, rest, {
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', tie === 'pipe' ? 'pipe' : 'ignore'],
  })
  child.stdin?.on('error', () => { /* the program may end without reading all of it */ })
  child.stdio[3]?.on('error', () => { /* closed with the watcher */ })
  child.stdin?.end(options.input)
  return child
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

function keepTail(stream: NodeJS.ReadableStream, bytesMax: number): () => string {
  let tail = Buffer.alloc(0)
  stream.on('data', (piece: Buffer) => {
    tail = Buffer.concat([tail, piece])
    if (tail.length > bytesMax) tail = tail.subarray(tail.length - bytesMax)
  })
  return () => tail.toString('utf8')
}

function keepAll(stream: NodeJS.ReadableStream, bytesMax: number, onTooMuch: () => void): () => string {
  const pieces: Buffer[] = []
  let size = 0
  stream.on('data', (piece: Buffer) => {
    size += piece.length
    if (size > bytesMax) return onTooMuch()
    pieces.push(piece)
  })
  return () => Buffer.concat(pieces).toString('utf8')
}

function readLines(
  stream: NodeJS.ReadableStream, bytesMax: number, onLine: (line: string) => void, onTrouble: (cause: unknown) => void,
): () => string {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const deliver = (lines: string[]) => {
    try {
      for (const line of lines) onLine(line)
    } catch (error) {
      onTrouble(error)
    }
  }
  stream.on('data', (piece: Buffer) => {
    const lines = (rest + decoder.write(piece)).split(/\r?\n/)
    rest = lines.pop() ?? ''
    if (rest.length > bytesMax) onTrouble(new Error(`a line is longer than ${bytesMax} bytes`))
    deliver(lines)
  })
  stream.on('end', () => rest !== '' && deliver([rest]))
  return () => ''
}
