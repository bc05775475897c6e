import { createHash, randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { AppError } from '../../errors.ts'
import { asStorageError } from './full.ts'

export interface ReceiveOptions {
  /** Where the file grows: `storage.incoming`. */
  folder: string
  bytesMax: number
  /** Made when more than `bytesMax` bytes come. */
  tooLarge: () => AppError
  signal?: AbortSignal
}

export interface ReceivedFile {
  path: string
  size: number
  /** Hexadecimal. */
  sha256: string
}

/**
 * Writes a stream into a new file, hashing on the way, and fsyncs it. One piece at a time is in memory; the sender is
 * held back while the disk is busy. Whatever goes wrong, no file stays behind.
 * @throws AppError `storage_full`, `upload_aborted`, or what `tooLarge` makes
 */
export async function receiveFile(stream: Readable, options: ReceiveOptions): Promise<ReceivedFile> {
  const file = path.join(options.folder, randomUUID())
  const abort = () => stream.destroy(new AppError('upload_aborted', { cause: options.signal?.reason }))
  // A stream may fail while nobody is reading it, before the file is open or after we gave up; unheard, that would end
  // the whole process. Reading finds out in its own time.
  stream.on('error', () => {})
  if (options.signal?.aborted) abort()
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    return { path: file, ...await writeStream(stream, file, options) }
  } catch (error) {
    stream.destroy()
    await rm(file, { force: true })
    throw error
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}

async function writeStream(stream: Readable, file: string, options: ReceiveOptions): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => { throw asStorageError(error) })
  try {
    for await (const piece of readPieces(stream)) {
      size += piece.length
      if (size > options.bytesMax) throw options.tooLarge()
      hash.update(piece)
      await writeAll(handle, piece)
    }
    await handle.sync().catch((error: unknown) => { throw asStorageError(error) })
  } finally {
    await handle.close()
  }
  return { size, sha256: hash.digest('hex') }
}

/** A sender that goes away in the middle is `upload_aborted`, whatever its stream calls that. */
async function* readPieces(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stream) yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece as Uint8Array | string)
  } catch (error) {
    throw error instanceof AppError ? error : new AppError('upload_aborted', { cause: error })
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  try {
    for (let offset = 0; offset < piece.length;) {
      const { bytesWritten } = await handle.write(piece, offset)
      offset += bytesWritten
    }
  } catch (error) {
    throw asStorageError(error)
  }
}
