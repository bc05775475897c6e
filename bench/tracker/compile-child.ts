// One compilation in a process of its own, so that time and peak memory are its alone:
// node compile-child.ts ours|mindar GREY-FILE WIDTH HEIGHT OUT-FILE; prints one line of JSON.
import { readFileSync, writeFileSync } from 'node:fs'

const [who, path, width, height, out] = process.argv.slice(2)
const compileImage = await compilerOf(who)
const image = { data: new Uint8Array(readFileSync(path)), width: Number(width), height: Number(height) }

// Writing 5 makes the kernel forget the peak so far (proc_pid_clear_refs(5)): what loading needed is not counted.
writeFileSync('/proc/self/clear_refs', '5')
const before = memoryKb('VmRSS')
const start = performance.now()
const cpuBefore = process.cpuUsage()
const file = await compileImage(image)
const ms = performance.now() - start
const cpu = process.cpuUsage(cpuBefore)
writeFileSync(out, file)
console.log(JSON.stringify({ ms, cpuMs: (cpu.user + cpu.system) / 1000, extraMb: (memoryKb('VmHWM') - before) / 1024, bytes: file.length }))
process.exit(0)

async function compilerOf(name: string): Promise<(image: { data: Uint8Array, width: number, height: number }) => Uint8Array | Promise<Uint8Array>> {
  if (name === 'ours') return (await import('../../packages/tracker/src/compile.ts')).compile
  const peer = './peer/mindar-compile.js'
  return (await import(peer)).compileMind
}

function memoryKb(field: string): number {
  const line = readFileSync('/proc/self/status', 'utf8').split('\n').find(text => text.startsWith(field))
  return Number(line?.match(/\d+/)?.[0])
}
