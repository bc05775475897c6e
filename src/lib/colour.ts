/** Colours as `#rrggbb`, and the contrast of WCAG 2.2 (1.4.3): 4.5 for text, 3 for what can be clicked. */

const textContrastMin = 4.5
const shapeContrastMin = 3

export function isColour(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text)
}

/** Between 1 (the same) and 21 (black on white). */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

/** What is read best on `ground`: dark or white. One of the two always reaches 4.5. */
export function textOn(ground: string): string {
  return contrast(ground, '#ffffff') >= textContrastMin ? '#ffffff' : '#0e0f12'
}

/** `colour` as it is when it stands out from `ground`, else mixed with white or black just as far as it takes. */
export function standOut(colour: string, ground: string, least = shapeContrastMin): string {
  const towards = luminance(ground) < 0.18 ? 255 : 0
  for (let share = 0; share < 1; share += 0.02) {
    const mixed = mix(colour, towards, share)
    if (contrast(mixed, ground) >= least) return mixed
  }
  return towards === 255 ? '#ffffff' : '#000000'
}

function mix(colour: string, towards: number, share: number): string {
  return `#${channels(colour).map((value) => Math.round(value + (towards - value) * share).toString(16).padStart(2, '0')).join('')}`
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
}
