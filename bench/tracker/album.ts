import { buildAlbumIndex, compile, createAlbumTracker, createTracker, readAlbumIndex, readTarget } from '../../packages/tracker/src/index.ts'
import type { AlbumTracker, Target } from '../../packages/tracker/src/index.ts'
import { poseFromCamera, renderFrame } from '../../packages/tracker/src/simulate.ts'
import type { GrayImage } from '../../packages/tracker/src/types.ts'
import { compare, quantile } from './figures.ts'
import type { Photo } from './photos.ts'
import { drawView } from './sequences.ts'

export const ALBUM_SIZE = 100
const TILE_SIDE_PX = 400
/** The guest holds the phone for two seconds; of them five frames each are looked at, fewer than any phone manages. */
const FRAMES_MAX = 10

export interface AlbumFigures {
  targets: number
  looks: number
  /** Of the looks, those in which the photo's own tracker finds it: a quarter of a clock's white face carries too little. */
  findable: number
  right: number
  wrongPhoto: number
  missed: number
  indexKb: number
  /** Targets that had to be loaded for it, of all frames with and without a photo. */
  loads: number
  /** Median milliseconds of one search, the photo in view: with the whole album, and with that one target alone. */
  msAll: number
  msOne: number
  /** The same with no wanted photo in view. */
  msAllAbsent: number
  msOneAbsent: number
}

/** A hundred different pictures out of ten: their quarters, plain, mirrored and as negatives, enlarged to a photo's size. */
export function albumPhotos(photos: Photo[], size: number): { name: string, image: GrayImage, target: Target, file: Uint8Array }[] {
  const pages: { name: string, image: GrayImage, target: Target, file: Uint8Array }[] = []
  for (const kind of ['plain', 'mirrored', 'negative'] as const) {
    for (const photo of photos) {
      for (let quarter = 0; quarter < 4 && pages.length < size; quarter++) {
        const image = quarterOf(photo.image, quarter, kind)
        try {
          const file = compile(image)
          pages.push({ name: `${photo.name} ${quarter} ${kind}`, image, file, target: readTarget(file) })
        } catch {
          // A quarter of a night sky carries nothing to recognise; the next kind fills the album.
        }
      }
    }
  }
  return pages
}

function quarterOf(image: GrayImage, quarter: number, kind: 'plain' | 'mirrored' | 'negative'): GrayImage {
  const width = image.width >> 1, height = image.height >> 1
  const left = (quarter & 1) * width, top = (quarter >> 1) * height
  const scale = Math.max(1, TILE_SIDE_PX / Math.max(width, height))
  const out = { data: new Uint8Array(Math.round(width * scale) * Math.round(height * scale)), width: Math.round(width * scale), height: Math.round(height * scale) }
  for (let y = 0; y < out.height; y++) {
    for (let x = 0; x < out.width; x++) {
      const fromX = Math.min(width - 1.001, Math.max(0, (kind === 'mirrored' ? out.width - 1 - x + 0.5 : x + 0.5) / scale - 0.5))
      const fromY = Math.min(height - 1.001, Math.max(0, (y + 0.5) / scale - 0.5))
      const at = (top + Math.floor(fromY)) * image.width + left + Math.floor(fromX)
      const fx = fromX % 1, fy = fromY % 1
      const upper = image.data[at] * (1 - fx) + image.data[at + 1] * fx
      const lower = image.data[at + image.width] * (1 - fx) + image.data[at + image.width + 1] * fx
      const grey = upper * (1 - fy) + lower * fy
      out.data[y * out.width + x] = Math.round(kind === 'negative' ? 255 - grey : grey)
    }
  }
  return out
}

/**
 * Show pages of the album one by one; the album's tracker searches its index, loads the few targets that it asks for, and then the tracker
 * of that one page alone looks at the same frames.
 */
export function measureAlbum(photos: Photo[], looks: number, size = ALBUM_SIZE): AlbumFigures {
  const pages = albumPhotos(photos, size)
  const index = buildAlbumIndex(pages.map(({ target }, number) => ({ id: number.toString(16).padStart(32, '0'), target })))
  let loads = 0
  const album: AlbumTracker = createAlbumTracker({ index: readAlbumIndex(index), onWant: number => { loads++; album.load(number, pages[number].target) } })
  const times = { all: [] as number[], one: [] as number[], allAbsent: [] as number[], oneAbsent: [] as number[] }
  const figures = { findable: 0, right: 0, wrongPhoto: 0, missed: 0 }
  for (let look = 0; look < looks; look++) {
    const number = Math.floor(look * pages.length / looks)
    const { image, target } = pages[number]
    const view = drawView({ tilt: 25, widthFraction: 0.45 }, image.width / image.height, 7000 + look)
    const pose = poseFromCamera(view)
    const frame = renderFrame(image, { width: 640, height: 480, pose, noise: 2, seed: look })
    const empty = renderFrame(image, { width: 640, height: 480, pose: null, noise: 2, seed: look })
    const alone = createTracker({ targets: [target] })
    times.oneAbsent.push(timed(() => alone.track(empty, 0)))
    alone.reset()
    times.one.push(timed(() => { if (alone.track(frame, 1000).state === 'tracking') figures.findable++ }))
    album.reset()
    album.track(empty, look * 5000)
    times.allAbsent.push(timed(() => { album.reset(); album.track(empty, look * 5000 + 500) }))
    album.reset()
    let result = album.track(frame, look * 5000 + 1000)
    for (let i = 1; i < FRAMES_MAX && result.state !== 'tracking'; i++) result = album.track(frame, look * 5000 + 1000 + i * 200)
    const error = compare(result.pose, pose).errorMax
    if (result.state !== 'tracking') figures.missed++
    else if (result.target === number && error! < 15) figures.right++
    else figures.wrongPhoto++
    // Its target is there now, as it is when the guest comes back to a photo.
    times.all.push(timed(() => { album.reset(); album.track(frame, look * 5000 + 4000) }))
  }
  return {
    targets: pages.length, looks, ...figures, indexKb: index.length / 1024, loads,
    msAll: quantile(times.all, 0.5)!, msOne: quantile(times.one, 0.5)!,
    msAllAbsent: quantile(times.allAbsent, 0.5)!, msOneAbsent: quantile(times.oneAbsent, 0.5)!,
  }
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
