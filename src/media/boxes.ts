import type { ByteSource } from './bytes.ts'

/** One box of the ISO base media file format (ISO/IEC 14496-12 §4.2): MP4, MOV, HEIC and AVIF are made of them. */
export interface Box {
  type: string
  start: number
  /** Where its content begins. */
  content: number
  /** Where it should end; beyond the file's size when the file is cut off. */
  end: number
}

const boxesMax = 100_000

/** The boxes between `from` and `to`, in order, without their children. The last one may claim more than there is. */
export async function listBoxes(source: ByteSource, from = 0, to = source.size): Promise<Box[]> {
  const boxes: Box[] = []
  for (let start = from; start + 8 <= to && boxes.length < boxesMax;) {
    const head = await source.read(start, 16)
    if (head.length < 8) break
    const size = head.readUInt32BE(0)
    const large = size === 1 && head.length === 16
    const end = size === 0 ? to : start + (large ? Number(head.readBigUInt64BE(8)) : size)
    if (end < start + (large ? 16 : 8)) break
    boxes.push({ type: head.toString('latin1', 4, 8), start, content: start + (large ? 16 : 8), end })
    start = end
  }
  return boxes
}

/** The brands in a file's leading `ftyp` box, the major one first; empty when it has none. */
export function readBrands(head: Buffer): string[] {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return []
  const end = Math.min(head.readUInt32BE(0), head.length, 256)
  const brands = [head.toString('latin1', 8, 12)]
  for (let offset = 16; offset + 4 <= end; offset += 4) brands.push(head.toString('latin1', offset, offset + 4))
  return brands
}
