import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { limits } from '../../limits.ts'

/** Both ends included. */
interface Range {
  start: number
  end: number
}

let readers = 0

/**
 * Large pieces are fast; but every reader, however slow, holds one in memory. So the more there are, the smaller the next pieces
 * of all of them.
 */
function pieceBytes(): number {
  const share = limits.mediaReadBytesMax / readers
  return Math.max(limits.mediaReadPieceMinBytes, Math.min(limits.mediaReadPieceBytes, 2 ** Math.floor(Math.log2(share))))
}

/**
 * Writes a file, or a part of it, into `target`, each piece when the one before is gone. The pieces' memory is used again and again: to make
 * new memory for each costs more than all the rest, in garbage collection. Returns when all is on its way, or the target is closed.
 */
export async function pourFile(file: string, range: Range | undefined, target: Writable): Promise<void> {
  const handle = await open(file)
  const end = range?.end ?? (await handle.stat()).size - 1
  readers++
  try {
    for (let position = range?.start ?? 0; position <= end && !target.destroyed;) {
      const piece = takePiece(pieceBytes())
      const { bytesRead } = await handle.read(piece, 0, Math.min(piece.length, end - position + 1), position)
      if (bytesRead === 0) throw new Error(`${file} is shorter than it was`)
      await writeWhole(target, piece.subarray(0, bytesRead))
      keepPiece(piece)
      position += bytesRead
    }
  } finally {
    readers--
    await handle.close()
  }
}

/** Resolves when the system has taken the bytes, or never will. */
async function writeWhole(target: Writable, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      target.off('close', done)
      resolve()
    }
    target.once('close', done)
    target.write(bytes, done)
  })
}

const spare = new Map<number, Buffer[]>()
let spareBytes = 0

function takePiece(size: number): Buffer {
  const piece = spare.get(size)?.pop()
  if (piece !== undefined) spareBytes -= size
  return piece ?? Buffer.allocUnsafeSlow(size)
}

function keepPiece(piece: Buffer): void {
  if (spareBytes + piece.length > limits.mediaSparePiecesBytesMax) return
  spareBytes += piece.length
  const list = spare.get(piece.length)
  if (list === undefined) spare.set(piece.length, [piece])
  else list.push(piece)
}

/** The same as a stream, for who wants to work on the bytes. */
export function readInPieces(file: string, range?: Range): Readable {
  readers++
  const stream = createReadStream(file, { highWaterMark: pieceBytes(), start: range?.start, end: range?.end })
  stream.once('close', () => void readers--)
  return stream
}
