import type { ScoreDetails } from '../media/media.ts'
import { fill, wordsIn } from '../words/words.ts'
import type { Language } from '../words/words.ts'
import type { MarkerDetails, ScoreLevel } from './schema.ts'

/** What a phone's main camera sees from side to side. */
const fieldOfViewDegrees = 65
/** A frame's height as part of its width: 4:3, as cameras are used. */
const frameHeightPerWidth = 0.75
/** How much of the frame a print may fill and still be in it with a hand's tremor. */
const fillMax = 0.9
/** The usual print; a photo of another shape is as long and as wide as its shape says. */
const printLongCm = 15
const printShortCm = 10
const usualAspects = { from: 1.3, to: 1.7 }
/** A cell below this, of 255, shows nothing to hold on to. */
const plainValue = 20
/** A third is plain when this share of its cells is. */
const plainShareMin = 0.85

/** How far a score can be trusted in print; the borders are the tracker's. */
export function scoreLevel(score: number): ScoreLevel {
  if (score >= 80) return 'excellent'
  if (score >= 60) return 'good'
  return score >= 40 ? 'careful' : 'poor'
}

/** `photo` is the photo's size, in any unit. */
export function presentMarkerDetails(details: ScoreDetails, photo: { width: number; height: number }, language: Language): MarkerDetails {
  const { grid, conditions: { widthMin, tiltMaxDegrees, lightMin } } = details
  const print = choosePrint(photo)
  const conditions = {
    ...findDistances(widthMin, print),
    print_width_cm: print.width,
    print_height_cm: print.height,
    width_min: widthMin,
    tilt_max_degrees: tiltMaxDegrees,
    light_min: lightMin,
  }
  const plain = findPlainThirds(grid).map((third) => wordsIn(language).scoreConditions.plain[third])
  return { conditions, summary: summarise(conditions, language), plain, grid: { ...grid, values: [...grid.values] } }
}

/** The print in centimetres. */
function choosePrint({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const aspect = Math.max(width, height) / Math.min(width, height)
  const short = aspect >= usualAspects.from && aspect <= usualAspects.to ? printShortCm : Math.max(1, Math.round(printLongCm / aspect))
  return width >= height ? { width: printLongCm, height: short } : { width: short, height: printLongCm }
}

/** From where the whole print is in the picture to where it is as small as the tracker still found it. */
function findDistances(
  widthMin: number, print: { width: number; height: number },
): Pick<MarkerDetails['conditions'], 'distance_min_cm' | 'distance_max_cm'> {
  if (widthMin >= 1) return { distance_min_cm: null, distance_max_cm: null }
  const seenPerDistance = 2 * Math.tan((fieldOfViewDegrees / 2) * (Math.PI / 180))
  const near = Math.max(print.width / seenPerDistance, print.height / (seenPerDistance * frameHeightPerWidth)) / fillMax
  const far = print.width / (seenPerDistance * widthMin)
  return { distance_min_cm: roundDistance(near), distance_max_cm: roundDistance(Math.max(near, far)) }
}

/** To 5 cm, from a metre on to 10 cm: more would promise too much. */
function roundDistance(centimetres: number): number {
  const step = centimetres >= 97.5 ? 10 : 5
  return Math.max(step, Math.round(centimetres / step) * step)
}

function summarise(conditions: MarkerDetails['conditions'], language: Language): string {
  const words = wordsIn(language).scoreConditions
  const { distance_min_cm: near, distance_max_cm: far, tilt_max_degrees: degrees, light_min: light } = conditions
  if (near === null || far === null) return words.nowhere
  return fill(words.summary, {
    near: distanceWords(near, language),
    far: distanceWords(far, language),
    width: Math.min(conditions.print_width_cm, conditions.print_height_cm),
    height: Math.max(conditions.print_width_cm, conditions.print_height_cm),
    tilt: degrees > 0 ? fill(words.tilted, { degrees }) : words.straight,
    light: light <= 0.15 ? words.lights.dim : light <= 0.5 ? words.lights.room : words.lights.bright,
  })
}

function distanceWords(centimetres: number, language: Language): string {
  const words = wordsIn(language).scoreConditions
  if (centimetres < 100) return fill(words.centimetres, { value: centimetres })
  return fill(words.metres, { value: new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(centimetres / 100) })
}

type Third = 'upper' | 'middle' | 'lower' | 'left' | 'centre' | 'right'
const thirdsDown: readonly Third[] = ['upper', 'middle', 'lower']
const thirdsAcross: readonly Third[] = ['left', 'centre', 'right']

/** Nothing when all of it is plain: the advice says that already. */
function findPlainThirds({ columns, rows, values }: ScoreDetails['grid']): Third[] {
  const thirdOf = (index: number, count: number) => Math.min(2, Math.floor((3 * (index + 0.5)) / count))
  const plain = [...values].map((value) => value < plainValue)
  const isPlain = (belongs: (cell: number) => boolean) => {
    const cells = plain.filter((_, cell) => belongs(cell))
    return cells.filter(Boolean).length >= plainShareMin * cells.length
  }
  if (isPlain(() => true)) return []
  return [
    ...thirdsDown.filter((_, third) => isPlain((cell) => thirdOf(Math.floor(cell / columns), rows) === third)),
    ...thirdsAcross.filter((_, third) => isPlain((cell) => thirdOf(cell % columns, columns) === third)),
  ]
}
