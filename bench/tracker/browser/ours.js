// Our tracker as a page would use it: the camera frame on a canvas, read back and turned to grey inside the measured time.
import { createTracker, readTarget } from '../../../packages/tracker/src/index.ts'

export class FilmTracker {
  constructor(width, height) {
    this.canvas = Object.assign(document.createElement('canvas'), { width, height })
    this.context = this.canvas.getContext('2d', { willReadFrequently: true })
    this.frame = { data: new Uint8Array(width * height), width, height }
  }

  async load(urls) {
    const files = await Promise.all(urls.map(async url => new Uint8Array(await (await fetch(url)).arrayBuffer())))
    this.targets = files.map(file => readTarget(file))
    this.tracker = createTracker({ targets: this.targets })
  }

  reset(target) {
    this.tracker.setTargets(target === -1 ? this.targets : [this.targets[target]])
    this.only = target
  }

  show(pixels) {
    this.context.putImageData(pixels, 0, 0)
  }

  async track(timeMs) {
    const { data } = this.context.getImageData(0, 0, this.canvas.width, this.canvas.height)
    const grey = this.frame.data
    for (let i = 0, j = 0; i < grey.length; i++, j += 4) grey[i] = (data[j] * 77 + data[j + 1] * 150 + data[j + 2] * 29) >> 8
    const { state, target, pose } = this.tracker.track(this.frame, timeMs)
    return { state, target: target >= 0 && this.only >= 0 ? this.only : target, pose: pose && Array.from(pose) }
  }

  static looksPerSearch = 1
}
