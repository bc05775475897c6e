import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'

export interface FoundProcess {
  pid: number
  command: string
}

/**
 * The processes that work in `folder` or name it in their command: a server with its database and encoders. The kernel
 * shows both only to their owner and to root; elsewhere than on Linux, only the command is known.
 */
export function findProcesses(folder: string): FoundProcess[] {
  const all = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(describe) : listByPs()
  const isInside = (directory: string) => directory === folder || directory.startsWith(folder + path.sep)
  return all
    .filter(({ pid, command, directory }) => pid !== process.pid && (command.includes(folder) || isInside(directory)))
    .map(({ pid, command }) => ({ pid, command }))
}

/** Ends what a failed test left running in `folder`. */
export function endProcesses(folder: string): void {
  for (const { pid } of findProcesses(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it has ended meanwhile
    }
  }
}

function describe(pid: string): (FoundProcess & { directory: string })[] {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return [{ pid: Number(pid), command, directory: readlinkSync(`/proc/${pid}/cwd`) }]
  } catch {
    return []
  }
}

function listByPs(): (FoundProcess & { directory: string })[] {
  return execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const found = /^\s*(\d+) (.*)$/.exec(line)
      return found === null ? [] : [{ pid: Number(found[1]), command: found[2], directory: '' }]
    })
}
