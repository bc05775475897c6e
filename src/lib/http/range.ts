import { limits } from '../../limits.ts'

/** Both ends included. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * The byte ranges a `Range` header asks for (RFC 9110, 14.1.2 and 14.2), those that touch or overlap made one, in the order asked. Undefined
 * when the whole file is to be sent: no header, another unit, one that is no list of ranges, or so many that it can only be meant to cost us.
 */
export function parseRanges(header: string | undefined, size: number): ByteRange[] | 'unsatisfiable' | undefined {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header ?? '')?.[1]
  if (list === undefined) return undefined
  const parts = list.split(',').map((part) => part.trim()).filter((part) => part !== '')
  if (parts.length === 0 || parts.length > limits.rangesPerRequestMax) return undefined
  const ranges: ByteRange[] = []
  for (const part of parts) {
    const range = parseRange(part, size)
    if (range === undefined) return undefined
    if (range !== 'unsatisfiable') addRange(ranges, range)
  }
  return ranges.length === 0 ? 'unsatisfiable' : ranges
}

function parseRange(part: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^(\d*)\s*-\s*(\d*)$/.exec(part) ?? []
  if (first === undefined || (first === '' && last === '')) return undefined
  if (first === '') return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}

function addRange(ranges: ByteRange[], range: ByteRange): void {
  const touching = ranges.find((other) => range.start <= other.end + 1 && other.start <= range.end + 1)
  if (touching === undefined) return void ranges.push(range)
  ranges.splice(ranges.indexOf(touching), 1)
  addRange(ranges, { start: Math.min(range.start, touching.start), end: Math.max(range.end, touching.end) })
}
