import { listBoxes, readBrands } from '../boxes.ts'
import type { Box } from '../boxes.ts'
import type { ByteSource } from '../bytes.ts'
import { inspectMatroska, isEbml } from './matroska.ts'

export interface Container {
  mime: string
  /** Without a dot. */
  extension: string
  /** ffmpeg's reader to insist on, so that a file can't choose one that follows references to elsewhere. */
  demuxer: 'mov' | 'matroska'
  /** The index comes before the pictures, so that playing starts before all is loaded. */
  faststart: boolean
  fragmented: boolean
  /** It promises more bytes than there are. */
  cutOff: boolean
}

/** What the bytes say; undefined when no video file that we take. */
export async function findContainer(source: ByteSource): Promise<Container | undefined> {
  const head = await source.read(0, 4096)
  if (isEbml(head)) return await inspectMatroska(source)
  const brands = readBrands(head)
  if (brands.length > 0) {
    if (photoBrands.has(brands[0])) return undefined
    return await inspectBoxes(source, brands[0] === 'qt  ' ? quickTime : mp4)
  }
  // QuickTime files of the time before `ftyp`
  return head.length >= 8 && oldQuickTimeBoxes.has(head.toString('latin1', 4, 8)) ? await inspectBoxes(source, quickTime) : undefined
}

const photoBrands = new Set(['avif', 'avis', 'heic', 'heix', 'heim', 'heis', 'mif1', 'mif2', 'jpx ', 'jp2 ', 'crx '])
const oldQuickTimeBoxes = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'])
const mp4 = { mime: 'video/mp4', extension: 'mp4' }
const quickTime = { mime: 'video/quicktime', extension: 'mov' }

async function inspectBoxes(source: ByteSource, kind: { mime: string; extension: string }): Promise<Container> {
  const boxes = await listBoxes(source)
  const index = boxes.find((box) => box.type === 'moov')
  const pictures = boxes.find((box) => box.type === 'mdat')
  return {
    ...kind,
    demuxer: 'mov',
    faststart: index !== undefined && (pictures === undefined || index.start < pictures.start),
    fragmented: boxes.some((box) => box.type === 'moof'),
    cutOff: index === undefined || boxes.some((box) => box.end > source.size && isEssential(box)) || await pointsBeyondEnd(source, index),
  }
}

/** Phones append boxes of their own; what comes after the essential ones may be junk. */
function isEssential(box: Box): boolean {
  return ['moov', 'mdat', 'moof', 'ftyp', 'sidx'].includes(box.type)
}

const tracksMax = 64
const offsetsBytesMax = 32 * 1024 * 1024

/** Whether a track's chunk offsets (ISO/IEC 14496-12 §8.7.5) lie where the file has ended already. */
async function pointsBeyondEnd(source: ByteSource, index: Box): Promise<boolean> {
  const tracks = (await listBoxes(source, index.content, index.end)).filter((box) => box.type === 'trak').slice(0, tracksMax)
  for (const track of tracks) {
    const table = await findBox(source, track, ['mdia', 'minf', 'stbl'], ['stco', 'co64'])
    if (table !== undefined && await findLastOffset(source, table) >= source.size) return true
  }
  return false
}

async function findBox(source: ByteSource, parent: Box, folders: string[], types: string[]): Promise<Box | undefined> {
  const [folder, ...rest] = folders
  const children = await listBoxes(source, parent.content, parent.end)
  if (folder === undefined) return children.find((box) => types.includes(box.type))
  const child = children.find((box) => box.type === folder)
  return child && await findBox(source, child, rest, types)
}

async function findLastOffset(source: ByteSource, table: Box): Promise<number> {
  const wide = table.type === 'co64'
  const bytes = await source.read(table.content, Math.min(table.end - table.content, offsetsBytesMax))
  const width = wide ? 8 : 4
  const count = bytes.length < 8 ? 0 : Math.min(bytes.readUInt32BE(4), Math.floor((bytes.length - 8) / width))
  let last = 0
  for (let entry = 0; entry < count; entry++) {
    const at = 8 + entry * width
    last = Math.max(last, wide ? Number(bytes.readBigUInt64BE(at)) : bytes.readUInt32BE(at))
  }
  return last
}
