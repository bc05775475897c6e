import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createTracker, readTarget } from '../../packages/tracker/src/index.ts'
import { createRandom, createTexture, poseFromCamera, renderFrame } from '../../packages/tracker/src/simulate.ts'
import type { Scene } from '../../packages/tracker/src/simulate.ts'
import type { GrayImage } from '../../packages/tracker/src/types.ts'
import { compilePhotos } from './ours.ts'
import { loadPhotos } from './photos.ts'
import type { Photo } from './photos.ts'
import { drawView, FRAME_MS, handHeld } from './sequences.ts'

export const FILM_FRAMES = 100

export interface AbsentFilm {
  frames: number
  falseFrames: { film: number, frame: number, shown: string, target: string }[]
}

/** Two halves of the photos: while one half is searched for, the other half lies about. */
function halves(photos: Photo[]): [Photo[], Photo[]] {
  return [photos.filter((_, index) => index % 2 === 0), photos.filter((_, index) => index % 2 === 1)]
}

export function wantedPhotos(photos: Photo[], film: number): Photo[] {
  return halves(photos)[film % 2]
}

/** Scenes without any wanted photo: other photos held before the camera, bare textures, walls and floors seen aslant. */
export function absentScenes(photos: Photo[], film: number, frames: number): { shown: Photo, scenes: Scene[] } {
  const random = createRandom(90_000 + film)
  const others = halves(photos)[1 - film % 2]
  const shown = others[Math.floor(random.uniform() * others.length)]
  const kind = Math.floor(film / 2) % 3
  const image = kind === 2 ? shown.image : createTexture(640, 480, 500 + film)
  const view = drawView({ tilt: random.between(0, 60), widthFraction: random.between(0.15, 0.9) }, shown.image.width / shown.image.height, film, true)
  const wall = { ...drawView({ tilt: random.between(0, 50), widthFraction: random.between(0.3, 1.5) }, image.width / image.height, film + 1), centreX: 0.5, centreY: 0.5 }
  const common = { width: 640, height: 480, noise: 2, light: random.between(0.3, 1), defocus: random.uniform() < 0.3 ? 1.5 : 0 }
  const scenes = Array.from({ length: frames }, (_, frame): Scene => ({
    ...common, seed: film * 4096 + frame * 16,
    pose: kind === 0 ? poseFromCamera(handHeld(view, frame, film, 3)) : null,
    background: { image, pose: poseFromCamera(handHeld(wall, frame, film + 7, 4)) },
  }))
  return { shown, scenes }
}

/** Every frame of every film on which our tracker claims to see a photo that is not there. */
export async function runAbsent(films: number): Promise<AbsentFilm> {
  const threads = Math.min(Number(process.env.ARV_BENCH_THREADS) || 2, availableParallelism())
  const total: AbsentFilm = { frames: 0, falseFrames: [] }
  let next = 0
  await Promise.all(Array.from({ length: threads }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { absent: true } })
    worker.on('error', reject)
    worker.on('message', (result: AbsentFilm) => {
      total.frames += result.frames
      total.falseFrames.push(...result.falseFrames)
      if (next < films) worker.postMessage(next++)
      else void worker.terminate().then(() => resolve())
    })
  })))
  return total
}

async function serveFilms(): Promise<void> {
  const photos = await loadPhotos()
  const files = compilePhotos(photos)
  parentPort!.on('message', (film: number) => {
    const wanted = wantedPhotos(photos, film).filter(photo => files.has(photo.name))
    const tracker = createTracker({ targets: wanted.map(photo => readTarget(files.get(photo.name)!)) })
    const { shown, scenes } = absentScenes(photos, film, FILM_FRAMES)
    const result: AbsentFilm = { frames: scenes.length, falseFrames: [] }
    scenes.forEach((scene, frame) => {
      const image: GrayImage = renderFrame(shown.image, scene)
      const { state, target } = tracker.track(image, frame * FRAME_MS)
      if (state !== 'searching') result.falseFrames.push({ film, frame, shown: shown.name, target: wanted[target].name })
    })
    parentPort!.postMessage(result)
  })
  parentPort!.postMessage({ frames: 0, falseFrames: [] })
}

if (!isMainThread && workerData?.absent) await serveFilms()
