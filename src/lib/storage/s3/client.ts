import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { AwsV4Signer } from 'aws4fetch'
import { limits } from '../../../limits.ts'
import { createGuard } from '../../resilience/guard.ts'
import type { Guard } from '../../resilience/guard.ts'

export interface S3Settings {
  /** `https://s3.example.com`; the bucket comes in the path. */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

/** What an object store tells of an object; the hash is what we noted with it. */
export interface S3Object {
  size: number
  sha256: string | undefined
}

/** What the store answered, when that was a refusal. `code` is S3's own word: `NoSuchBucket`, `AccessDenied`, … */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, what: string) {
    super(`the object store answered ${status} ${code} to ${what}`)
    this.name = 'S3Error'
    this.status = status
    this.code = code
  }
}

/** The few verbs of S3 that we need. Errors: S3Error, those of the guard, those of the network. */
export interface S3Client {
  guard: Guard
  head(key: string): Promise<S3Object | undefined>
  /** From its `start`th byte to its `end`th, both included; undefined when it is not there. The body must be read or destroyed. */
  get(key: string, range?: { start: number; end?: number }): Promise<http.IncomingMessage | undefined>
  /** Resolves when the store has it for good. */
  put(key: string, file: string, facts: { size: number; sha256: string }): Promise<void>
  remove(key: string): Promise<void>
  list(prefix: string): Promise<string[]>
  close(): void
}

interface Request {
  method: string
  key?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array | undefined
  /** A second one might do harm, or could not succeed. */
  once?: boolean
}

/** Speaks S3 over connections that stay open. Every request is signed, and so is the hash of what it carries. */
export function createS3Client(settings: S3Settings): S3Client {
  const isSecure = settings.endpoint.startsWith('https:')
  const agent = isSecure ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
  const guard = createGuard({ name: 's3', timeoutMs: limits.s3TimeoutMs, isFailure: (error) => !(error instanceof S3Error) || error.status >= 500 || error.status === 429 })

  async function send(request: Request): Promise<http.IncomingMessage> {
    const { method, key = '', query = {}, body } = request
    const url = `${settings.endpoint}/${settings.bucket}${key === '' ? '' : `/${key}`}${Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query)}`}`
    const timeoutMs = limits.s3TimeoutMs + ((body?.length ?? 0) / limits.s3BytesPerSecondMin) * 1000
    return await guard.run(async (signal) => {
      const hash = createHash('sha256').update(body ?? '').digest('hex')
      const { headers } = await new AwsV4Signer({ ...settings, service: 's3', method, url, headers: { ...request.headers, 'x-amz-content-sha256': hash } }).sign()
      const response = await exchange(isSecure ? https : http, url, { agent, method, headers: { ...Object.fromEntries(headers), 'content-length': body?.length ?? 0 }, signal }, body)
      if ((response.statusCode ?? 0) < 300 || response.statusCode === 404) return response
      throw new S3Error(response.statusCode ?? 0, codeOf(method === 'HEAD' ? '' : await text(response)), `${method} ${key}`)
    }, { timeoutMs, retry: request.once !== true })
  }

  async function receive(request: Request): Promise<{ text: string; headers: http.IncomingHttpHeaders } | undefined> {
    const response = await send(request)
    const body = request.method === 'HEAD' ? (response.resume(), '') : await text(response)
    if (response.statusCode !== 404) return { text: body, headers: response.headers }
    if (codeOf(body) === 'NoSuchBucket') throw new S3Error(404, 'NoSuchBucket', `${request.method} ${request.key ?? ''}`)
    return undefined
  }

  async function putInParts(key: string, file: string, facts: { size: number; sha256: string }): Promise<void> {
    const begun = await receive({ method: 'POST', key, query: { uploads: '' }, headers: noteOf(facts) })
    const uploadId = /<UploadId>([^<]+)</.exec(begun?.text ?? '')?.[1]
    if (uploadId === undefined) throw new S3Error(500, 'NoUploadId', `POST ${key}`)
    try {
      const tags = await uploadParts(file, facts.size, async (number, body) => (await receive({ method: 'PUT', key, query: { partNumber: String(number), uploadId }, body }))?.headers.etag ?? '')
      const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('')
      const ended = await receive({ method: 'POST', key, query: { uploadId }, body: Buffer.from(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`), once: true })
      // The store may say 200 first and that it failed after.
      if (ended === undefined || /<Error>/.test(ended.text)) throw new S3Error(500, codeOf(ended?.text ?? ''), `the end of ${key}`)
    } catch (error) {
      await receive({ method: 'DELETE', key, query: { uploadId }, once: true }).catch(() => {})
      throw error
    }
  }

  return {
    guard,
    head: async (key) => {
      const found = await receive({ method: 'HEAD', key })
      return found && { size: Number(found.headers['content-length']), sha256: found.headers['x-amz-meta-sha256'] as string | undefined }
    },
    get: async (key, range) => {
      const response = await send({ method: 'GET', key, headers: range === undefined ? {} : { range: `bytes=${range.start}-${range.end ?? ''}` } })
      if (response.statusCode !== 404) return response
      response.resume()
      return undefined
    },
    put: async (key, file, facts) => {
      if (facts.size > limits.s3PartBytes) return await putInParts(key, file, facts)
      await receive({ method: 'PUT', key, headers: noteOf(facts), body: await readFile(file) })
    },
    remove: async (key) => void (await receive({ method: 'DELETE', key })),
    list: async (prefix) => {
      const found = await receive({ method: 'GET', query: { 'list-type': '2', prefix } })
      return [...(found?.text ?? '').matchAll(/<Key>([^<]+)<\/Key>/g)].map((match) => match[1])
    },
    close: () => agent.destroy(),
  }
}

const agentOptions = { keepAlive: true, maxSockets: limits.s3ConnectionsMax, timeout: limits.s3IdleTimeoutMs }

function noteOf({ sha256 }: { sha256: string }): Record<string, string> {
  return { 'x-amz-meta-sha256': sha256 }
}

function codeOf(xml: string): string {
  return /<Code>([^<]+)</.exec(xml)?.[1] ?? ''
}

/** Resolves with the beginning of the answer; aborting `signal` after that does nothing, the body has its own time. */
async function exchange(client: typeof http | typeof https, url: string, options: http.RequestOptions & { signal: AbortSignal }, body: Uint8Array | undefined): Promise<http.IncomingMessage> {
  const { signal, ...rest } = options
  return await new Promise((resolve, reject) => {
    const request = client.request(url, rest)
    const abort = () => request.destroy(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    request.on('timeout', () => request.destroy(new Error('the object store fell silent')))
    request.on('error', reject)
    request.on('response', (response) => {
      signal.removeEventListener('abort', abort)
      resolve(response)
    })
    request.end(body)
  })
}

/** Some parts at a time. Resolves with what `upload` said of each, in their order. */
async function uploadParts(file: string, size: number, upload: (number: number, body: Buffer) => Promise<string>): Promise<string[]> {
  const tags: string[] = []
  const running = new Set<Promise<void>>()
  let number = 0
  for await (const body of readParts(file, size)) {
    const own = ++number
    const work = upload(own, body).then((tag) => void (tags[own - 1] = tag)).finally(() => running.delete(work))
    work.catch(() => {})
    running.add(work)
    if (running.size >= limits.s3PartsAtOnceMax) await Promise.race(running)
  }
  await Promise.all(running)
  return tags
}

async function* readParts(file: string, size: number): AsyncGenerator<Buffer> {
  const handle = await open(file)
  try {
    for (let offset = 0; offset < size;) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(limits.s3PartBytes, size - offset))
      for (let filled = 0; filled < buffer.length;) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled)
        if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`)
        filled += bytesRead
      }
      yield buffer
      offset += buffer.length
    }
  } finally {
    await handle.close()
  }
}
