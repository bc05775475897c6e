import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts CPU in these. */
const tickMs = 10

interface ProcessFacts {
  pid: number
  parent: number
  name: string
  /** Milliseconds, its ended and awaited children included. */
  cpuMs: number
  residentBytes: number
}

/** CPU and memory of a process with all that it started, split into PostgreSQL's processes and the rest. */
export interface Usage {
  cpuMs: number
  databaseCpuMs: number
  residentBytes: number
}

/** What the process tree under `root` has used so far, and holds now. Linux only. */
export function readUsage(root: number): Usage {
  const usage: Usage = { cpuMs: 0, databaseCpuMs: 0, residentBytes: 0 }
  for (const found of readTree(root)) {
    const isDatabase = found.name.startsWith('postgres')
    usage[isDatabase ? 'databaseCpuMs' : 'cpuMs'] += found.cpuMs
    if (!isDatabase) usage.residentBytes += found.residentBytes
  }
  return usage
}

/** The CPU used between two readings, in milliseconds. */
export function usedBetween(before: Usage, after: Usage): { server: number; database: number; both: number } {
  const [server, database] = [after.cpuMs - before.cpuMs, after.databaseCpuMs - before.databaseCpuMs]
  return { server, database, both: server + database }
}

/** Resident memory of one process alone, in bytes. */
export function readMemory(pid: number): number {
  return readFacts(pid)?.residentBytes ?? 0
}

function readTree(root: number): ProcessFacts[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => readFacts(Number(name))).filter((found) => found !== undefined)
  const children = Map.groupBy(all, ({ parent }) => parent)
  const tree = all.filter(({ pid }) => pid === root)
  for (const found of tree) tree.push(...(children.get(found.pid) ?? []))
  return tree
}

const pageBytes = 4096

function readFacts(pid: number): ProcessFacts | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    // Fields of proc_pid_stat(5) from the third on: state, ppid, …, 14–17 are utime, stime, cutime, cstime; 24 is rss.
    const fields = text.slice(end + 2).split(' ').map(Number)
    return { pid, parent: fields[1], name: text.slice(text.indexOf('(') + 1, end), cpuMs: (fields[11] + fields[12] + fields[13] + fields[14]) * tickMs, residentBytes: fields[21] * pageBytes }
  } catch {
    return undefined
  }
}
