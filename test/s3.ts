import { createHash, createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { S3Settings } from '../src/lib/storage/s3/client.ts'
import { findFreePort } from './server.ts'

/** An object store with one bucket, which can be away for a while without losing what it holds. */
export interface TestStore {
  settings: S3Settings
  environment: Record<string, string>
  start(): Promise<void>
  /** As when the machine or the network is gone. */
  stop(): Promise<void>
  /** Requests by method since the start. */
  requests: Record<string, number>
  /** Uploads in parts that were begun and neither completed nor given up. */
  openUploads(): number
  /** Ends the next `count` answers with a body after half of it. */
  breakOff(count: number): void
}

interface Stored {
  bytes: Buffer
  note: string | undefined
}
type Answer = { status: number; headers?: Record<string, string | number>; body?: Buffer | string }

/**
 * Plays an S3-compatible store as its documentation has it: signature version 4 and the hash of every body are checked, parts but
 * the last must have 5 MiB, ranges are heeded, errors come as XML. Nothing of ours is in it but the port.
 */
export async function startStore(): Promise<TestStore> {
  const port = await findFreePort()
  const settings = { endpoint: `http://127.0.0.1:${port}`, bucket: 'arv-files', region: 'test-1', accessKeyId: 'KEY', secretAccessKey: 'SECRET' }
  const objects = new Map<string, Stored>()
  const uploads = new Map<string, { key: string; note: string | undefined; parts: Map<number, Buffer> }>()
  const requests: Record<string, number> = {}
  let server: http.Server | undefined
  let broken = 0

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const body = await buffer(request)
    requests[request.method ?? ''] = (requests[request.method ?? ''] ?? 0) + 1
    const url = new URL(request.url ?? '', settings.endpoint)
    const refusal = findRefusal(settings, request, url, body)
    const [, bucket, ...rest] = url.pathname.split('/')
    const answer = refusal !== undefined ? fail(403, refusal) : bucket !== settings.bucket ? fail(404, 'NoSuchBucket')
      : handle({ objects, uploads }, { method: request.method ?? '', key: rest.join('/'), query: url.searchParams, headers: request.headers, body })
    const content = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(answer.body ?? '')
    response.writeHead(answer.status, { 'content-length': content.length, ...answer.headers })
    if (request.method === 'HEAD') return response.end()
    if (request.method === 'GET' && content.length > 1 && broken > 0) {
      broken--
      return response.write(content.subarray(0, content.length >> 1), () => response.destroy())
    }
    response.end(content)
  }
  const start = async () => {
    server = http.createServer((request, response) => void serve(request, response).catch(() => response.destroy())).listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await start()
  return {
    settings,
    environment: { S3_ENDPOINT: settings.endpoint, S3_BUCKET: settings.bucket, S3_REGION: settings.region, S3_ACCESS_KEY_ID: settings.accessKeyId, S3_SECRET_ACCESS_KEY: settings.secretAccessKey },
    requests,
    openUploads: () => uploads.size,
    breakOff: (count) => (broken = count),
    start,
    stop: async () => {
      const running = server
      server = undefined
      running?.closeAllConnections()
      if (running !== undefined) await new Promise((resolve) => running.close(resolve))
    },
  }
}

interface Held {
  objects: Map<string, Stored>
  uploads: Map<string, { key: string; note: string | undefined; parts: Map<number, Buffer> }>
}
interface Asked {
  method: string
  key: string
  query: URLSearchParams
  headers: http.IncomingHttpHeaders
  body: Buffer
}

function handle(held: Held, asked: Asked): Answer {
  const { objects } = held
  const { method, key, query } = asked
  if (key === '') return { status: 200, body: `<ListBucketResult>${[...objects.keys()].filter((name) => name.startsWith(query.get('prefix') ?? '')).map((name) => `<Contents><Key>${name}</Key></Contents>`).join('')}</ListBucketResult>` }
  if (query.has('uploads') || query.has('uploadId')) return handleParts(held, asked)
  const note = asked.headers['x-amz-meta-sha256'] as string | undefined
  if (method === 'PUT') objects.set(key, { bytes: asked.body, note })
  if (method === 'DELETE') objects.delete(key)
  if (method === 'PUT' || method === 'DELETE') return { status: method === 'PUT' ? 200 : 204 }
  const found = objects.get(key)
  return found === undefined ? fail(404, 'NoSuchKey') : give(found, asked.headers.range)
}

function give({ bytes, note }: Stored, range: string | undefined): Answer {
  const headers: Record<string, string> = note === undefined ? {} : { 'x-amz-meta-sha256': note }
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '')
  if (asked === null) return { status: 200, headers: { ...headers, 'content-length': bytes.length }, body: bytes }
  const [start, end] = [Number(asked[1]), Math.min(bytes.length - 1, asked[2] === '' ? Infinity : Number(asked[2]))]
  if (start >= bytes.length) return fail(416, 'InvalidRange')
  return { status: 206, headers: { ...headers, 'content-length': end + 1 - start, 'content-range': `bytes ${start}-${end}/${bytes.length}` }, body: bytes.subarray(start, end + 1) }
}

function handleParts({ objects, uploads }: Held, { method, key, query, headers, body }: Asked): Answer {
  if (query.has('uploads')) {
    const id = randomUUID()
    uploads.set(id, { key, note: headers['x-amz-meta-sha256'] as string | undefined, parts: new Map() })
    return { status: 200, body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` }
  }
  const id = query.get('uploadId') ?? ''
  const upload = uploads.get(id)
  if (upload === undefined || upload.key !== key) return fail(404, 'NoSuchUpload')
  if (method === 'DELETE') uploads.delete(id)
  if (method === 'DELETE') return { status: 204 }
  if (method === 'PUT') {
    upload.parts.set(Number(query.get('partNumber')), body)
    return { status: 200, headers: { etag: tagOf(body) } }
  }
  const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)</g)]
  const parts = named.map(([, number]) => upload.parts.get(Number(number)))
  if (parts.length !== upload.parts.size || parts.some((part, index) => part === undefined || tagOf(part) !== named[index][2])) return fail(400, 'InvalidPart')
  if (parts.slice(0, -1).some((part) => part!.length < 5 << 20)) return fail(400, 'EntityTooSmall')
  objects.set(key, { bytes: Buffer.concat(parts as Buffer[]), note: upload.note })
  uploads.delete(id)
  return { status: 200, body: '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>' }
}

const tagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`
const fail = (status: number, code: string): Answer => ({ status, body: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>` })
const hashOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const sign = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** Signature version 4, as the other side computes it. */
function findRefusal(settings: S3Settings, request: http.IncomingMessage, url: URL, body: Buffer): string | undefined {
  const { headers } = request
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')
  if (given === null) return 'AccessDenied'
  const [, id, day, region, names, signature] = given
  if (id !== settings.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== settings.region) return 'AuthorizationHeaderMalformed'
  if (headers['x-amz-content-sha256'] !== hashOf(body)) return 'XAmzContentSHA256Mismatch'
  if (!names.split(';').includes('host')) return 'AccessDenied'
  const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&')
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`).join('')
  const canonical = [request.method, url.pathname, query, signed, names, headers['x-amz-content-sha256']].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>((one, next) => sign(one, next), `AWS4${settings.secretAccessKey}`)
  const right = sign(key, ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hashOf(canonical)].join('\n')).toString('hex')
  return right === signature ? undefined : 'SignatureDoesNotMatch'
}
