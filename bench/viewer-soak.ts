import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cornersOf, poseFromCamera } from '../packages/tracker/src/simulate.ts'
import type { ContentView } from '../src/content/schema.ts'
import { launchBrowser } from '../test/e2e/browser.ts'
import { readFrameNumber, writeCameraFile } from '../test/e2e/camera.ts'
import { createStudio, samples, upload, waitUntilProcessed } from '../test/factories.ts'
import { startWorld } from '../test/world.ts'
import { quantile } from './tracker/figures.ts'
import { loopVideo } from './viewer/loop-video.ts'
import { openProbe } from './viewer/probe.ts'
import type { MemorySample, Probe, SeenPose } from './viewer/probe.ts'

const camera = { width: 1280, height: 720 }
const photoPath = path.join(samples, 'astronaut.png')
/** The film repeats after this many frames; its numbers tell them all apart. */
const filmFrames = 96
const sampleSeconds = 10
/** Caches fill and code is compiled in the first two minutes; what grows after them is a leak. */
const settleSeconds = 120
const heapGrowthMbMax = 2
const processGrowthMbMax = 25

/**
 * The page a guest opens, from a real server, in Chromium with a fake camera of 1280×720, for ten minutes: memory, frames per
 * second, time from tap to first lock, corner error. Writes bench/out/viewer-soak.json. The quick form runs for 40 seconds
 * and can't meet the goal of ten minutes.
 */
export default async function run({ quick }: { quick: boolean }): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-soak-'))
  const world = await startWorld()
  try {
    const film = path.join(folder, 'film.mjpeg')
    const poses = Array.from({ length: filmFrames }, (_, index) => poseAt(index / filmFrames))
    await writeCameraFile({ photoPath, poses, ...camera, path: film })
    const uploaded = await upload<ContentView>(world, { ...(await createStudio(world)), photo: await readFile(photoPath), video: await loopVideo(folder) })
    const content = await waitUntilProcessed(world, uploaded.body.id)
    await using probe = await openProbe(await launchBrowser({ camera: film }), `${world.url}${new URL(content.short_link).pathname}`)
    const report = await watch(probe, quick ? 40 : 600, poses.map(pose => cornersOf(pose).flat()))
    await write(report, quick)
  } finally {
    await world.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Report {
  seconds: number
  tapToLockMs: number | null
  framesPerSecond: number
  cameraFramesPerSecond: number
  trackedShare: number
  cornerErrorMedianPx: number | null
  cornerErrorP95Px: number | null
  memory: MemorySample[]
  heapGrowthMb: number | null
  processGrowthMb: number | null
  pageErrors: string[]
}

async function watch(probe: Probe, seconds: number, truth: number[][]): Promise<Report> {
  const tapToLockMs = await probe.tapAndLock()
  const memory: MemorySample[] = []
  const start = performance.now()
  for (let at = sampleSeconds; at <= seconds; at += sampleSeconds) {
    await pause(Math.max(0, at * 1000 - (performance.now() - start)))
    memory.push({ ...(await probe.memory()), seconds: at })
    const { heapMb, processMb } = memory[memory.length - 1]
    if (at % 60 === 0) console.log(`  ${at} s: heap ${heapMb.toFixed(1)} MB, browser ${processMb.toFixed(0)} MB`)
  }
  const { drawn, cameraFrames, seen } = await probe.counts()
  const elapsed = (performance.now() - start) / 1000
  const all = Object.values(drawn).reduce((sum, count) => sum + count, 0)
  const errors = errorsOf(seen, truth)
  return {
    seconds, tapToLockMs, memory,
    framesPerSecond: all / elapsed, cameraFramesPerSecond: cameraFrames / elapsed, trackedShare: (drawn.tracking ?? 0) / all,
    cornerErrorMedianPx: quantile(errors, 0.5), cornerErrorP95Px: quantile(errors, 0.95),
    heapGrowthMb: growth(memory, 'heapMb'), processGrowthMb: growth(memory, 'processMb'), pageErrors: probe.errors,
  }
}

/** Root mean square corner error of the poses that were drawn, by the number that the drawn frame itself shows. */
function errorsOf(seen: SeenPose[], truth: number[][]): number[] {
  return seen.flatMap(({ corners, row, width }) => {
    const number = readFrameNumber(row, width, 1)
    if (number < 0 || number >= truth.length) return []
    return [Math.sqrt(corners.reduce((sum, value, i) => sum + (value - truth[number][i]) ** 2, 0) / 4)]
  })
}

/** The median of the last fifth less that of the first fifth after settling: single peaks don't decide. */
function growth(memory: MemorySample[], field: 'heapMb' | 'processMb'): number | null {
  const settled = memory.filter(({ seconds }) => seconds > settleSeconds).map(sample => sample[field])
  const fifth = Math.floor(settled.length / 5)
  if (fifth < 2) return null
  return quantile(settled.slice(-fifth), 0.5)! - quantile(settled.slice(0, fifth), 0.5)!
}

async function write(report: Report, quick: boolean): Promise<void> {
  const goal = (name: string, unit: string, text: string, measured: number | null, met: boolean) => ({ name, unit, goal: text, measured, peer: null, met })
  const { heapGrowthMb: heap, processGrowthMb: whole } = report
  const goals = [
    goal('memory flat over ten minutes: JavaScript heap', 'MB growth', `≤ ${heapGrowthMbMax}`, heap, heap !== null && heap <= heapGrowthMbMax),
    goal('memory flat over ten minutes: browser processes', 'MB growth', `≤ ${processGrowthMbMax}`, whole, whole !== null && whole <= processGrowthMbMax),
    goal('time from tap to first lock', 'ms', 'report', report.tapToLockMs, report.tapToLockMs !== null),
    goal('frames drawn', 'per second', 'report', report.framesPerSecond, report.framesPerSecond > 0),
    goal('camera frames tracked', 'of frames', '≥ 0.98', report.trackedShare, report.trackedShare >= 0.98),
    goal('corner error in the browser, 1280×720, median', 'px', 'report', report.cornerErrorMedianPx, report.cornerErrorMedianPx !== null),
    goal('errors in the page', 'errors', '0', report.pageErrors.length, report.pageErrors.length === 0),
  ]
  const out = path.join(import.meta.dirname, 'out')
  await mkdir(out, { recursive: true })
  await writeFile(path.join(out, 'viewer-soak.json'), `${JSON.stringify({ benchmark: 'viewer-soak', quick, goals, report }, null, 1)}\n`)
  for (const { name, unit, goal: text, measured, met } of goals) console.log(`${met ? 'met   ' : 'MISSED'} ${name}: ${measured === null ? '—' : Number(measured.toPrecision(4))} ${unit} (${text})`)
  if (goals.some(({ met }) => !met) && !quick) process.exitCode = 1
}

/** A slow swing around the photo, back at its start after one turn. */
function poseAt(turn: number): Float64Array {
  const angle = 2 * Math.PI * turn
  return poseFromCamera({
    fovDegrees: 50, frameWidth: camera.width, frameHeight: camera.height, photoAspect: 1, tilt: 20 + 15 * Math.sin(angle), tiltDirection: 360 * turn,
    roll: 12 * Math.sin(2 * angle), widthFraction: 0.32 + 0.04 * Math.cos(angle), centreX: 0.5 + 0.05 * Math.cos(angle), centreY: 0.46 + 0.04 * Math.sin(2 * angle),
  })
}
