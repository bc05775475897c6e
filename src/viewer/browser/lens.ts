/** What `enumerateDevices` tells of one camera. */
export interface Lens {
  deviceId: string
  label: string
}

/** Lenses that bend the picture or see too little: ultra-wide, telephoto, depth, infrared; in the languages phones speak. */
const unsuitable = /ultra|tele|depth|infra|\bir\b|macro|desk|virtual|сверх|теле|макро|гран|超|長焦|长焦|望遠/i
const front = /front|user|facetime|передн|selfie|vorder|avant|frontal|前置/i

/**
 * The device id of the plain wide back lens when `current` is another one, else undefined. iPhones name their
 * lenses ("Back Camera", "Back Ultra Wide Camera"); Android numbers them ("camera2 2, facing back") and its main one
 * has the lowest number. Whatever has no such name is left as the browser chose it.
 */
export function chooseLens(lenses: readonly Lens[], current: Lens): string | undefined {
  const numbered = lenses.map((lens) => ({ lens, number: readAndroidNumber(lens.label) })).filter(({ number }) => number !== undefined)
  if (readAndroidNumber(current.label) !== undefined) {
    const main = numbered.sort((a, b) => a.number! - b.number!)[0].lens
    return main.deviceId === current.deviceId ? undefined : main.deviceId
  }
  if (!unsuitable.test(current.label) || front.test(current.label)) return undefined
  return lenses.find(({ label }) => label !== '' && !unsuitable.test(label) && !front.test(label) && sharesWord(label, current.label))?.deviceId
}

function readAndroidNumber(label: string): number | undefined {
  const found = /^camera2? (\d+), facing back$/i.exec(label.trim())
  return found === null ? undefined : Number(found[1])
}

/** "Back Camera" and "Back Ultra Wide Camera" do; a screen-sharing device among the cameras does not. */
function sharesWord(a: string, b: string): boolean {
  const words = new Set(b.toLowerCase().split(/\s+/))
  return a.toLowerCase().split(/\s+/)[0] !== '' && words.has(a.toLowerCase().split(/\s+/)[0])
}
