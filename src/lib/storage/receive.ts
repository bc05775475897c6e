import { createHash, randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
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
 * Writes a stream into a new file, hashing on the way, and fsyncs it. A few pieces at a time are in memory; the sender is
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
  let flushed = 0
  let batch: Buffer[] = []
  let batchBytes = 0
  // One batch is on its way to the disk while the next one comes in; it is never far behind, so the last sync has little to do.
  let writing: Promise<void> = Promise.resolve()
  let flushing: Promise<void> | undefined
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => { throw asStorageError(error) })
  try {
    for await (const piece of readPieces(stream)) {
      size += piece.length
      if (size > options.bytesMax) throw options.tooLarge()
      hash.update(piece)
      batch.push(piece)
      batchBytes += piece.length
      if (batchBytes < limits.receiveBatchBytes) continue
      await writing
      writing = writeAll(handle, batch, batchBytes)
      // Heard where it is awaited; until then it must not count as unheard.
      writing.catch(() => {})
      batch = []
      batchBytes = 0
      if (flushing === undefined && size - flushed > limits.receiveFlushBytes) {
        flushed = size
        flushing = handle.datasync().catch(() => {}).finally(() => { flushing = undefined })
      }
    }
    await writing
    await writeAll(handle, batch, batchBytes)
    await handle.sync().catch((error: unknown) => { throw asStorageError(error) })
  } finally {
    await Promise.allSettled([writing, flushing])
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

async function writeAll(handle: FileHandle, batch: Buffer[], bytes: number): Promise<void> {
  if (bytes === 0) return
  try {
    const { bytesWritten } = await handle.writev(batch)
    if (bytesWritten === bytes) return
    // Rarely the system takes only a part; then the rest, which is to be found by counting.
    const rest = Buffer.concat(batch).subarray(bytesWritten)
    await writeAll(handle, [rest], rest.length)
  } catch (error) {
    throw asStorageError(error)
  }
}
