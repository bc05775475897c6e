export type Unit = 'rate' | 'ms' | 'percent' | 'bytes' | 'count'

/** A value for people, in its unit and their language: “1.25 s”, “312 MiB”, “4 %”. */
export function formatValue(value: number, unit: Unit, language: string): string {
  const isRussian = language === 'ru'
  const number = (amount: number, digits: number) => new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(amount)
  if (unit === 'ms') {
    if (value >= 1000) return `${number(value / 1000, 2)} ${isRussian ? 'с' : 's'}`
    return `${number(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ${isRussian ? 'мс' : 'ms'}`
  }
  if (unit === 'percent') return `${number(value, value < 10 ? 1 : 0)} %`
  if (unit === 'bytes') {
    const units = isRussian ? ['Б', 'КиБ', 'МиБ', 'ГиБ'] : ['B', 'KiB', 'MiB', 'GiB']
    const step = value < 1 ? 0 : Math.min(3, Math.floor(Math.log2(value) / 10))
    return `${number(value / 1024 ** step, step === 3 ? 2 : 0)} ${units[step]}`
  }
  return number(value, value < 10 ? 2 : value < 100 ? 1 : 0)
}

/** The first of 1, 2, 5, 10, 20, … times the unit's own step that is at least `value`. */
export function roundUp(value: number, unit: Unit): number {
  const base = unit === 'bytes' ? 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)) : 1
  const scaled = Math.max(value / base, unit === 'count' ? 4 : 0.001)
  const power = 10 ** Math.floor(Math.log10(scaled))
  const nice = [1, 2, 4, 5, 10].find((step) => step * power >= scaled) ?? 10
  return nice * power * base
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

export function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string | number>, text?: string): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  if (text !== undefined) element.textContent = text
  return element
}
