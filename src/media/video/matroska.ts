import type { ByteSource } from '../bytes.ts'
import type { Container } from './container.ts'

const ids = { header: 0x1a45dfa3, documentType: 0x4282, segment: 0x18538067 }

export function isEbml(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32BE(0) === ids.header
}

/** Reads the outermost elements of WebM or Matroska (RFC 8794, RFC 9559 §5). Undefined when it is another EBML document. */
export async function inspectMatroska(source: ByteSource): Promise<Container | undefined> {
  const header = await readElement(source, 0)
  if (header === undefined || header.end === undefined || header.end > 4096) return undefined
  const documentType = await readDocumentType(source, header.content, header.end)
  if (documentType !== 'webm' && documentType !== 'matroska') return undefined
  const kind = documentType === 'webm' ? { mime: 'video/webm', extension: 'webm' } : { mime: 'video/x-matroska', extension: 'mkv' }
  return { ...kind, demuxer: 'matroska', faststart: false, fragmented: false, cutOff: await isCutOff(source, header.end) }
}

interface Element {
  id: number
  content: number
  /** Undefined when the file does not say, as live recordings do. */
  end: number | undefined
}

async function readElement(source: ByteSource, start: number): Promise<Element | undefined> {
  const bytes = await source.read(start, 12)
  if (bytes.length < 2 || bytes[0] < 0x10) return undefined
  const idLength = Math.clz32(bytes[0]) - 23
  const first = bytes[idLength]
  if (first === undefined || first === 0) return undefined
  const sizeLength = Math.clz32(first) - 23
  if (bytes.length < idLength + sizeLength) return undefined
  let size = BigInt(first & ((1 << (8 - sizeLength)) - 1))
  for (let at = 1; at < sizeLength; at++) size = (size << 8n) | BigInt(bytes[idLength + at])
  const content = start + idLength + sizeLength
  const unknown = size === (1n << BigInt(7 * sizeLength)) - 1n
  return { id: bytes.readUIntBE(0, idLength), content, end: unknown ? undefined : content + Number(size) }
}

async function readDocumentType(source: ByteSource, from: number, to: number): Promise<string | undefined> {
  for (let at = from; at < to;) {
    const element = await readElement(source, at)
    if (element?.end === undefined) return undefined
    if (element.id === ids.documentType) {
      const name = await source.read(element.content, Math.min(element.end - element.content, 16))
      return name.toString('latin1').replace(/\0+$/, '')
    }
    at = element.end
  }
  return undefined
}

const elementsMax = 1_000_000

/** The segment's size decides; where it has none, that of the last element in it. */
async function isCutOff(source: ByteSource, from: number): Promise<boolean> {
  let at = from
  for (let count = 0; at < source.size && count < elementsMax; count++) {
    const element = await readElement(source, at)
    if (element === undefined) return count === 0
    if (element.id === ids.segment && element.end === undefined) {
      at = element.content
      continue
    }
    if (element.end === undefined) return false
    if (element.end > source.size) return true
    if (element.id === ids.segment) return false
    at = element.end
  }
  return at <= from
}
