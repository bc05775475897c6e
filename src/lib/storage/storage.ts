import type { Readable, Writable } from 'node:stream'

export interface StoredFile {
  size: number
}

/**
 * Where uploaded and derived files live. A key is `{content hash}/{name}`, so a key's bytes never change and a
 * second write of the same key is a no-op. A local folder or an object store; both have the same verbs, which may fail with AppError `storage_unavailable`.
 */
export interface Storage {
  /** A private folder of this process for files still being written; whoever comes after a kill removes it. */
  readonly incoming: string
  /** Moves a finished file under `key`. When it resolves, the file survives a power cut. Errors: AppError('storage_full'). */
  adopt(file: string, key: string): Promise<void>
  /** A path that programs can read for as long as the job runs. Errors: AppError('not_found'). */
  localPath(key: string): Promise<string>
  find(key: string): Promise<StoredFile | undefined>
  /** Bytes `start` to `end`, both included. */
  read(key: string, range?: { start: number; end: number }): Readable
  /** The same bytes straight into `target`; only where that is faster than a stream. */
  pour?(key: string, range: { start: number; end: number } | undefined, target: Writable): Promise<void>
  remove(key: string): Promise<void>
  /** Removes every file of a content hash: the upload and all that was made of it. */
  removeAll(hash: string): Promise<void>
  /** Removes what is still in `incoming`. Nothing may be read or written any more. */
  close(): Promise<void>
}
