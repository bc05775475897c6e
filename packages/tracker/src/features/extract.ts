import { createImageBuffer, enlargeByRootTwo, shrinkByRootTwo, shrinkInto } from '../image/pyramid.ts'
import type { ImageBuffer } from '../image/pyramid.ts'
import { createCandidates, findCandidates, KEYPOINT_MARGIN, peakOffset } from './detect.ts'
import type { Candidates } from './detect.ts'
import { describe, findAngle } from './describe.ts'
import { DESCRIPTOR_WORDS } from './keypoints.ts'
import type { Keypoints } from './keypoints.ts'
import type { FeatureKernel, LevelAnalysis } from '../kernels/kernels.ts'

/** √2 as the pyramid has it: 362/256 exactly. */
const ROOT_TWO = 362 / 256

/** Finds and describes keypoints; holds the buffers, so that a frame allocates nothing once they have grown. */
export class Extractor {
  private readonly kernel: FeatureKernel
  private readonly level: LevelAnalysis = { width: 0, height: 0, smooth: new Uint16Array(0), responses: new Int32Array(0) }
  private readonly candidates: Candidates = createCandidates()
  private readonly shrunk: ImageBuffer[] = []
  private readonly enlarged: ImageBuffer = createImageBuffer()

  constructor(kernel: FeatureKernel) {
    this.kernel = kernel
  }

  /**
   * Keypoints over the pyramid levels of `wanted`, a factor √2 apart: 0 is the image itself, −1 the image enlarged. List the coarse
   * ones first, so that a full table drops fine ones.
   */
  extractLevels(image: ImageBuffer, wanted: readonly number[], out: Keypoints): void {
    out.count = 0
    const coarsest = wanted.reduce((a, b) => Math.max(a, b), 0)
    for (let level = this.shrunk.length; level <= coarsest; level++) this.shrunk.push(createImageBuffer())
    for (let level = 1; level <= coarsest; level++) {
      if (level === 1) shrinkByRootTwo(image, this.shrunk[1])
      else shrinkInto(level === 2 ? image : this.shrunk[level - 2], 2, this.shrunk[level])
    }
    for (const level of wanted) {
      if (level < 0) {
        enlargeByRootTwo(image, this.enlarged)
        this.extractLevel(this.enlarged, 1 / ROOT_TWO, out)
      } else this.extractLevel(level === 0 ? image : this.shrunk[level], (level & 1 ? ROOT_TWO : 1) * (1 << (level >> 1)), out)
    }
  }

  /** Append the keypoints of one level; `scale` is image pixels per level pixel. */
  extractLevel(image: ImageBuffer, scale: number, out: Keypoints): void {
    const { level, candidates } = this
    const { width, height } = image
    if (width <= 2 * KEYPOINT_MARGIN || height <= 2 * KEYPOINT_MARGIN) return
    this.kernel.analyse(image.data, width, height, KEYPOINT_MARGIN, level)
    findCandidates(level, candidates)
    const { smooth, responses } = level
    for (let i = 0; i < candidates.count && out.count < out.capacity; i++) {
      const at = candidates.at[i]
      const k = out.count++
      const response = responses[at]
      const dx = peakOffset(responses[at - 1], response, responses[at + 1])
      const dy = peakOffset(responses[at - width], response, responses[at + width])
      out.x[k] = ((at % width) + 0.5 + dx) * scale
      out.y[k] = (Math.floor(at / width) + 0.5 + dy) * scale
      out.scale[k] = scale
      out.strength[k] = candidates.response[i]
      const bright = 2 * smooth[at] > smooth[at - 2] + smooth[at + 2]
      out.polarity[k] = response < 0 ? 2 : bright ? 1 : 0
      out.angle[k] = findAngle(level, at)
      describe(level, at, out.angle[k], out.descriptors, k * DESCRIPTOR_WORDS)
    }
  }
}
