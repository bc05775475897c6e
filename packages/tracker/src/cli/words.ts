import type { AdviceCode, Score } from '../score.ts'

const ADVICE: Record<AdviceCode, string> = {
  'little-detail': 'There is little detail to recognise it by: choose a picture with more contrast and texture.',
  'uneven-detail': 'The detail is all in one part: when that part is hidden, the photo is lost.',
  'low-contrast': 'The contrast is low: it will be hard in dim light.',
  repetitive: 'The pattern repeats: one part may be taken for another.',
  'fails-far': 'It is only found from near.',
  'fails-tilted': 'It is only found from the front.',
  'fails-dim': 'It is only found in good light.',
}

/** A print this wide, seen by a camera with this horizontal field of view, for distances people can picture. */
const PRINT_CM = 15
const FIELD_DEGREES = 65

/** A score as sentences. */
export function describeScore({ score, advice, conditions }: Score): string {
  const verdict = score >= 60 ? 'good' : score >= 40 ? 'print with care' : 'do not print'
  const farCm = PRINT_CM / conditions.widthMin / 2 / Math.tan(FIELD_DEGREES * Math.PI / 360)
  return [
    `${Math.round(score)} of 100: ${verdict}`,
    conditions.widthMin < 1
      ? `Locks down to ${Math.round(conditions.widthMin * 100)} % of the frame's width (a ${PRINT_CM} cm print from about ${Math.round(farCm)} cm), up to ${Math.round(conditions.tiltMaxDegrees)}° tilt, down to ${Math.round(conditions.lightMin * 100)} % light.`
      : 'It locked in none of the simulated views.',
    ...advice.map(code => ADVICE[code]),
  ].join('\n')
}
