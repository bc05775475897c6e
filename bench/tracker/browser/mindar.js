// MindAR's controller fed frame by frame. Its own loop (controller.processVideo) with its waiting for display frames left out,
// its filter run on the film's clock, and its warm-up of five hidden frames not counted against it.
import { Controller } from 'mind-ar/src/image-target/controller.js'
import { OneEuroFilter } from 'mind-ar/src/libs/one-euro-filter.js'

const FILTER = { minCutOff: 0.001, beta: 1000 }

export class FilmTracker {
  constructor(width, height) {
    this.canvas = Object.assign(document.createElement('canvas'), { width, height })
    this.context = this.canvas.getContext('2d')
    this.controller = new Controller({ inputWidth: width, inputHeight: height })
  }

  async load(urls) {
    const { dimensions } = await this.controller.addImageTargets(urls[0])
    this.dimensions = dimensions
    this.controller.dummyRun(this.canvas)
  }

  /** Searches anew, for one target only when `target` is not -1. */
  reset(target) {
    this.wanted = target === -1 ? this.dimensions.map((_, index) => index) : [target]
    this.found = -1
    this.transform = null
    this.filter = new OneEuroFilter(FILTER)
  }

  show(pixels) {
    this.context.putImageData(pixels, 0, 0)
  }

  async track(timeMs) {
    const input = this.controller.inputLoader.loadInput(this.canvas)
    try {
      if (this.found === -1) {
        const { targetIndex, modelViewTransform } = await this.controller._detectAndMatch(input, this.wanted)
        this.found = targetIndex
        this.transform = modelViewTransform
        this.filter.reset()
      }
      if (this.found !== -1) {
        this.transform = await this.controller._trackAndUpdate(input, this.transform, this.found)
        if (!this.transform) this.found = -1
      }
    } finally {
      input.dispose()
    }
    if (this.found === -1) return { state: 'searching', target: -1, pose: null }
    const world = this.filter.filter(timeMs, this.controller.getWorldMatrix(this.transform, this.found))
    return { state: 'tracking', target: this.found, pose: this.poseOf(world) }
  }

  /** The overlay's homography from the matrix that MindAR hands to three.js: its undoing, then its own camera. */
  poseOf(world) {
    const [width, height] = this.dimensions[this.found]
    const [[focalX, , centreX], [, focalY, centreY]] = this.controller.projectionTransform
    const right = [world[0], -world[1], -world[2]], down = [-world[4], world[5], world[6]]
    const corner = [world[12] - down[0] * height, -world[13] - down[1] * height, -world[14] - down[2] * height]
    const columns = [right.map(value => value * width), down.map(value => value * height), corner]
    const rows = [0, 1, 2].map(row => columns.map(column => column[row]))
    const pose = [...rows[0].map((x, i) => focalX * x + centreX * rows[2][i]), ...rows[1].map((y, i) => focalY * y + centreY * rows[2][i]), ...rows[2]]
    return pose.map(value => value / pose[8])
  }

  /** It looks at one of nine tiles per frame while it searches. */
  static looksPerSearch = 9
}
