// node --expose-gc fuzz-child.ts COUNT: prints one JSON report. A crash of this process is a finding.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile, createTracker, readTarget, TrackerError } from '../../packages/tracker/src/index.ts'
import { compileMind, readMind } from '../../packages/tracker/src/mind.ts'
import { createRandom, createTexture, poseFromCamera, renderFrame } from '../../packages/tracker/src/simulate.ts'
import type { Random } from '../../packages/tracker/src/simulate/random.ts'
import { crc32 } from '../../packages/tracker/src/target/format.ts'

export interface FuzzReport {
  files: number
  accepted: number
  refused: Record<string, number>
  slowestMs: number
  memoryMb: number
  /** Files that ended in anything but a TrackerError: how to make them again. */
  unexpected: string[]
  crash?: string
}

const SEED = 77
const CRC_AT = 8, CRC_FROM = 12, LENGTH_AT = 12
const WARM_UP = 300
/** An accepted file is tracked with every so often: that costs as much as reading fifty. */
const TRACK_EVERY = 20
const UNEXPECTED_MAX = 20

const photo = createTexture(320, 240, 4)
const sound = { arv: compile(photo), mind: compileMind([photo]) }
const frame = renderFrame(photo, { width: 320, height: 240, noise: 2, pose: poseFromCamera({
  fovDegrees: 45, frameWidth: 320, frameHeight: 240, photoAspect: 4 / 3, tilt: 10, tiltDirection: 0, roll: 5, widthFraction: 0.6, centreX: 0.5, centreY: 0.5,
}) })

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(fuzz(Number(process.argv[2]))))

function fuzz(count: number): FuzzReport {
  const report: FuzzReport = { files: 0, accepted: 0, refused: {}, slowestMs: 0, memoryMb: 0, unexpected: [] }
  let baseKb = 0
  for (let index = 0; index < count; index++) {
    if (index === WARM_UP) baseKb = startMemory()
    const random = createRandom(SEED + index)
    const kind = random.uniform() < 0.7 ? 'arv' : 'mind'
    const bytes = mutate(sound[kind], random, kind === 'arv' && random.uniform() < 0.75)
    const start = performance.now()
    try {
      use(bytes, kind, report.accepted % TRACK_EVERY === 0)
      report.accepted++
    } catch (error) {
      if (error instanceof TrackerError) report.refused[error.code] = (report.refused[error.code] ?? 0) + 1
      else if (report.unexpected.length < UNEXPECTED_MAX) report.unexpected.push(`${kind} ${index}: ${(error as Error).stack?.split('\n').slice(0, 3).join(' ')}`)
    }
    if (index > WARM_UP) report.slowestMs = Math.max(report.slowestMs, performance.now() - start)
    report.files++
    // What one file took is the question, not what the collector has not fetched yet.
    if (index % 50 === 49) globalThis.gc!()
  }
  report.memoryMb = Math.max(0, (status('VmHWM') - baseKb) / 1024)
  return report
}

function use(bytes: Uint8Array, kind: 'arv' | 'mind', track: boolean): void {
  if (kind === 'mind') {
    const images = readMind(bytes)
    if (track) for (const { image } of images) compile(image)
    return
  }
  const tracker = createTracker({ targets: [readTarget(bytes)] })
  if (!track) return
  for (let i = 0; i < 3; i++) {
    const { pose } = tracker.track(frame, i * 33)
    if (pose && !pose.every(Number.isFinite)) throw new Error('a pose that is no number')
  }
}

/** One to eight changes: a bit, a byte, a number of two or four bytes, a piece cut out, doubled, or the end cut off. */
function mutate(source: Uint8Array, random: Random, repair: boolean): Uint8Array {
  let bytes = source.slice()
  const changes = 1 + (random.bits() & 7)
  // Half of the changes go where the counts are.
  const place = () => Math.floor(random.uniform() < 0.5 ? random.uniform() * Math.min(64, bytes.length) : random.uniform() * bytes.length)
  for (let i = 0; i < changes && bytes.length > 0; i++) {
    const at = place(), extreme = [0, 1, 0x7f, 0x80, 0xff][random.bits() % 5]
    switch (random.bits() % 7) {
      case 0: bytes[at] ^= 1 << (random.bits() & 7); break
      case 1: bytes[at] = random.bits() & 255; break
      case 2: bytes.fill(extreme, at, at + 2); break
      case 3: bytes.fill(extreme, at, at + 4); break
      case 4: bytes = splice(bytes, at, at + random.bits() % 40, new Uint8Array(0)); break
      case 5: bytes = splice(bytes, at, at, bytes.slice(at, at + random.bits() % 400)); break
      default: if (random.uniform() < 0.3) bytes = bytes.slice(0, at)
    }
  }
  if (repair && bytes.length >= 16) {
    const view = new DataView(bytes.buffer)
    view.setUint32(LENGTH_AT, bytes.length, true)
    view.setUint32(CRC_AT, crc32(bytes, CRC_FROM), true)
  }
  return bytes
}

function splice(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, middle: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = Math.min(to, bytes.length)
  const out = new Uint8Array(bytes.length - (end - from) + middle.length)
  out.set(bytes.subarray(0, from))
  out.set(middle, from)
  out.set(bytes.subarray(end), from + middle.length)
  return out
}

/** From here on the kernel's high-water mark counts anew (proc_pid_clear_refs(5)). */
function startMemory(): number {
  globalThis.gc!()
  writeFileSync('/proc/self/clear_refs', '5')
  return status('VmRSS')
}

function status(field: string): number {
  return Number(readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))?.[1])
}
