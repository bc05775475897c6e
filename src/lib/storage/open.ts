import { createHash, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { AppError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { Guard } from '../resilience/guard.ts'
import { createLocalStorage } from './local.ts'
import { S3Error } from './s3/client.ts'
import type { S3Settings } from './s3/client.ts'
import { createS3Storage } from './s3/s3.ts'
import type { Storage } from './storage.ts'

export interface StorageOptions {
  /** Of files, or with an object store of what arrives and of copies nearby. */
  dir: string
  s3: S3Settings | undefined
  nearBytesMax: number
  /** Nobody else is at work in `dir`. */
  alone: boolean
  /** Told of the guard that stands before an object store. */
  watchGuard?: ((guard: Guard) => void) | undefined
  log: Log
}

export async function openStorage({ s3, ...options }: StorageOptions): Promise<Storage> {
  return s3 === undefined ? await createLocalStorage(options.dir, options) : await createS3Storage({ ...s3, ...options })
}

/** Stores, finds, reads and removes a little file, as everything else does. Returns what is wrong, in a sentence; undefined: nothing. */
export async function checkStorage(storage: Storage): Promise<string | undefined> {
  const content = `written to see whether it can be read: ${randomUUID()}`
  const key = `${createHash('sha256').update(content).digest('hex')}/check.txt`
  const file = path.join(storage.incoming, 'check')
  try {
    await writeFile(file, content)
    // A refusal has its reason in the body of its answer, which HEAD has none of: so first something else.
    await storage.removeAll(key.split('/')[0])
    await storage.adopt(file, key)
    const found = await storage.find(key)
    if (found?.size !== content.length) return 'A file that was stored has another size afterwards, or is not there.'
    if ((await text(storage.read(key, { start: 8, end: 19 }))) !== content.slice(8, 20)) return 'A part of a file came back wrong: the store does not heed Range.'
    await storage.remove(key)
    return (await storage.find(key)) === undefined ? undefined : 'A file that was removed is still there.'
  } catch (error) {
    return describeStorageProblem(error)
  }
}

const s3Problems: Record<string, string> = {
  NoSuchBucket: 'There is no bucket of that name: check S3_BUCKET, or make it.',
  InvalidAccessKeyId: 'The store knows no such key: check S3_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'The store does not take our signature: check S3_SECRET_ACCESS_KEY, and the clock of this machine.',
  AccessDenied: 'The key may not do this: it needs GetObject, PutObject, DeleteObject, ListBucket and AbortMultipartUpload on the bucket.',
  AuthorizationHeaderMalformed: 'The store is of another region: check S3_REGION.',
  PermanentRedirect: 'The bucket is of another region: check S3_REGION and S3_ENDPOINT.',
  RequestTimeTooSkewed: 'The clock of this machine is wrong, and the store takes no request from another time.',
}
const networkProblems: Record<string, string> = {
  ENOTFOUND: 'no machine of that name',
  ECONNREFUSED: 'nothing listens there',
  ETIMEDOUT: 'no answer came',
  ECONNRESET: 'the connection was closed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
}

function describeStorageProblem(error: unknown): string {
  const cause = error instanceof AppError ? error.cause ?? error : error
  if (cause instanceof S3Error) return s3Problems[cause.code] ?? `The store refused: ${cause.status} ${cause.code}.`
  const { code = '', message } = cause as Error & { code?: string }
  if (code in networkProblems) return `The store cannot be reached (${networkProblems[code]}): check S3_ENDPOINT.`
  return error instanceof AppError && error.code === 'storage_full' ? 'The disk is full.' : message
}
