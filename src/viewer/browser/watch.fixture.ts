/** For tests, in the page: looks at each frame in the task that drew it, and keeps what it saw in `watched`. */
import type { Point, Watched } from '../../../test/e2e/measure.ts'
import { measureCorners } from '../../../test/e2e/measure.ts'
import type { DrawnFrame } from './drawn.ts'

const seenMax = 300
const watched: Watched = { seen: [], drawn: {} }
Object.assign(window, { watched })
let lastTime = -1

document.addEventListener('arv:frame', (event) => {
  const frame = (event as CustomEvent<DrawnFrame>).detail
  watched.drawn[frame.state] = (watched.drawn[frame.state] ?? 0) + 1
  if (frame.state !== 'tracking' || frame.opacity < 1 || frame.cameraTime === lastTime || watched.seen.length >= seenMax) return
  lastTime = frame.cameraTime
  const canvas = document.querySelector('canvas')!
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })!
  copy.drawImage(canvas, 0, 0)
  const { scale, left, top } = frame.view
  const told = projectCorners(frame.pose!)
  const measured = measureCorners(copy.getImageData(0, 0, canvas.width, canvas.height), told.map(([x, y]): Point => [x * scale + left, y * scale + top]))
  const corners = measured?.map(([x, y]): Point => [(x - left) / scale, (y - top) / scale])
  watched.seen.push({ ...frame, told, corners, row: Array.from(copy.getImageData(0, Math.floor(canvas.height * 0.98), canvas.width, 1).data) })
})

function projectCorners(pose: readonly number[]): Point[] {
  return [[0, 0], [1, 0], [1, 1], [0, 1]].map(([u, v]): Point => {
    const w = pose[6] * u + pose[7] * v + pose[8]
    return [(pose[0] * u + pose[1] * v + pose[2]) / w, (pose[3] * u + pose[4] * v + pose[5]) / w]
  })
}
