import type { TargetData } from './format.ts'
import { readTargetFile } from './format.ts'
import { decodeImage } from './codec.ts'
import type { GrayImage } from '../types.ts'
import { TrackerError } from '../types.ts'
import { viewGeometry, VIEWS } from './views.ts'
import { measureImitation } from '../alignment/imitation.ts'
import { buildTemplate } from '../alignment/template.ts'
import type { DescriptorTable } from '../kernels/kernels.ts'
import type { Template } from '../alignment/template.ts'

/** A compiled photo, read from its file and ready for the tracker. */
export interface Target {
  /** Size of the photo it was compiled from, in pixels: its aspect ratio. */
  readonly width: number
  readonly height: number
  readonly keypointCount: number
}

/** A target as the tracker's own parts see it. */
export class LoadedTarget implements Target {
  readonly width: number
  readonly height: number
  readonly keypointCount: number
  readonly data: TargetData
  readonly image: GrayImage
  /** Per view: unit square to view pixels. */
  readonly viewMatrices: Float64Array[]
  private built: Template | undefined
  private measured: number | undefined

  constructor(data: TargetData, image: GrayImage) {
    this.width = data.width
    this.height = data.height
    this.keypointCount = data.u.length
    this.data = data
    this.image = image
    this.viewMatrices = VIEWS.map(view => viewGeometry(view, data.width, data.height).matrix)
  }

  /** What matching needs. */
  get table(): DescriptorTable {
    const [dark, bright, saddle] = this.data.counts
    return { descriptors: this.data.descriptors, ends: [dark, dark + bright, dark + bright + saddle] }
  }

  /** What alignment needs; built when first asked for, since of an album's targets only few are ever seen. */
  get template(): Template {
    return this.built ??= buildTemplate(this.image)
  }

  /** How much evidence a wrong pose may gather; measured when first a doubtful pose asks for it. */
  get imitation(): number {
    return this.measured ??= measureImitation(this.template, this.image)
  }
}

/**
 * Read a target file.
 * @throws TrackerError `not-a-target`, `newer-version`, `damaged`
 */
export function readTarget(bytes: Uint8Array): Target {
  const data = readTargetFile(bytes)
  const image = decodeImage(data.template, data.templateWidth, data.templateHeight)
  if (!image) throw new TrackerError('damaged', 'damaged target: template ends early')
  return new LoadedTarget(data, image)
}
