import type { FramePyramid } from '../image/pyramid.ts'
import type { Homography } from '../types.ts'
import { chooseFrameLevel } from './align.ts'
import { BLOCK, BLOCK_PIXELS, VALUES_PER_PIXEL } from './block.ts'
import { correlate, sample } from './search.ts'
import type { TemplateLevel } from './template.ts'

/** Blocks compared at each place: enough to tell one period of a wall from the next. */
const BLOCKS_MAX = 24
/** Places nearer than this share of the level's longer side are the same place, misaligned. */
const APART_MIN = 0.1
/** A place that agrees less than this share of what the pose itself does is no rival. */
const RIVAL_MIN = 0.6
const STEP = 2

/**
 * Where else on its own plane the photo might lie: of a wall of bricks every period looks a little like every other, so a doubtful
 * pose must be better than all its neighbours.
 */
export class RivalSearch {
  private warped = new Float32Array(0)
  private width = 0
  private readonly templates = new Float32Array(BLOCKS_MAX * BLOCK_PIXELS)
  private readonly block = new Float32Array(BLOCK_PIXELS)

  /** The most similar other place, as a pose in `out`; false when there is none. Poses take normalised coordinates to the frame. */
  find(level: TemplateLevel, frame: FramePyramid, pose: Homography, out: Homography): boolean {
    const reachX = level.width >> 1, reachY = level.height >> 1
    this.warp(level, frame, pose, reachX, reachY)
    const count = this.takeBlocks(level)
    const own = this.agreement(level, count, reachX, reachY)
    const apart = APART_MIN * Math.max(level.width, level.height)
    let best = RIVAL_MIN * own, bestX = 0, bestY = 0
    for (let dy = -reachY; dy <= reachY; dy += STEP) {
      for (let dx = -reachX; dx <= reachX; dx += STEP) {
        if (dx * dx + dy * dy < apart * apart) continue
        const agreement = this.agreement(level, count, reachX + dx, reachY + dy)
        if (agreement <= best) continue
        best = agreement
        bestX = dx
        bestY = dy
      }
    }
    if (bestX === 0 && bestY === 0) return false
    const x = bestX * level.step, y = bestY * level.step
    out.set(pose)
    for (let row = 0; row < 9; row += 3) out[row + 2] += pose[row] * x + pose[row + 1] * y
    return true
  }

  /** The frame as the photo's plane shows it, half a photo further on every side. */
  private warp(level: TemplateLevel, frame: FramePyramid, pose: Homography, reachX: number, reachY: number): void {
    const width = this.width = level.width + 2 * reachX, height = level.height + 2 * reachY
    if (this.warped.length < width * height) this.warped = new Float32Array(width * height)
    const frameLevel = chooseFrameLevel(level, pose)
    const image = frame.getLevel(frameLevel)
    const scale = 1 / (1 << frameLevel)
    for (let row = 0; row < height; row++) {
      const y = (row - reachY + 0.5) * level.step + level.originY
      for (let column = 0; column < width; column++) {
        const x = (column - reachX + 0.5) * level.step + level.originX
        const w = pose[6] * x + pose[7] * y + pose[8]
        const fx = (pose[0] * x + pose[1] * y + pose[2]) / w * scale - 0.5
        const fy = (pose[3] * x + pose[4] * y + pose[5]) / w * scale - 0.5
        this.warped[row * width + column] = w > 1e-3 ? sample(image, fx, fy) : -1
      }
    }
  }

  private takeBlocks(level: TemplateLevel): number {
    const count = Math.min(level.count, BLOCKS_MAX)
    for (let k = 0; k < count; k++) {
      const base = k * BLOCK_PIXELS * VALUES_PER_PIXEL
      for (let i = 0; i < BLOCK_PIXELS; i++) this.templates[k * BLOCK_PIXELS + i] = level.values[base + i * VALUES_PER_PIXEL]
    }
    return count
  }

  /** How well the blocks agree when the photo's top left pixel is at (x, y) of the warped frame; half of them must be inside it. */
  private agreement(level: TemplateLevel, count: number, x: number, y: number): number {
    const { templates, block, warped, width } = this
    let sum = 0, inside = 0
    for (let k = 0; k < count; k++) {
      const at = (level.y[k] + y) * width + level.x[k] + x
      const last = at + (BLOCK - 1) * width + BLOCK - 1
      if (warped[at] < 0 || warped[at + BLOCK - 1] < 0 || warped[last] < 0 || warped[last - BLOCK + 1] < 0) continue
      for (let i = 0; i < BLOCK_PIXELS; i++) block[i] = templates[k * BLOCK_PIXELS + i]
      const correlation = correlate(block, warped, at, width)
      inside++
      if (correlation > 0) sum += correlation * correlation
    }
    return inside * 2 >= count ? sum / inside : 0
  }
}
