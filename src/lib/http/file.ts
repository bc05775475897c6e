import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Writable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { matchesEtag } from './finish.ts'
import { parseRanges } from './range.ts'
import type { ByteRange } from './range.ts'

export interface SentFile {
  /** Bytes. */
  size: number
  /** Strong: the very bytes. */
  etag: string
  contentType: string
  /** Anew at each call, and only when bytes are really to be sent. */
  read(range?: ByteRange): Readable
  /** Straight into the answer, where that is faster than a stream. */
  pour?: ((range: ByteRange | undefined, target: Writable) => Promise<void>) | undefined
}

/** Answers with a file, or what is asked of it: not again when the reader has it, in ranges, or its headers alone. */
export async function sendFile(request: FastifyRequest, reply: FastifyReply, file: SentFile): Promise<FastifyReply> {
  const { size, etag, contentType } = file
  reply.headers({ etag, 'accept-ranges': 'bytes' })
  if (matchesEtag(request.headers['if-none-match'], etag)) return await reply.code(304).send()
  reply.type(contentType)
  const isHead = request.method === 'HEAD'
  const send = async (status: number, bytes: number, range?: ByteRange) => {
    reply.code(status).header('content-length', bytes)
    // An empty stream: without one Fastify would say that the file has no bytes.
    if (isHead) return await reply.send(Readable.from([]))
    return file.pour === undefined ? await reply.send(file.read(range)) : await pour(reply, file.pour, range)
  }
  // A range of another version than the one the reader has would not fit; a weak tag is never sure enough (RFC 9110, 13.1.5).
  const ifRange = request.headers['if-range']
  const ranges = !isHead && (ifRange === undefined || ifRange === etag) ? parseRanges(request.headers.range, size) : undefined
  if (ranges === 'unsatisfiable') {
    return await reply.code(416).headers({ 'content-range': `bytes */${size}`, 'cache-control': 'no-store' }).removeHeader('content-type').removeHeader('etag').send()
  }
  if (ranges === undefined) return await send(200, size)
  if (ranges.length > 1) return await sendParts(reply, file, ranges)
  const [range] = ranges
  reply.header('content-range', contentRange(range, size))
  return await send(206, range.end - range.start + 1, range)
}

async function pour(reply: FastifyReply, into: NonNullable<SentFile['pour']>, range: ByteRange | undefined): Promise<FastifyReply> {
  const { raw } = reply.hijack()
  raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
  try {
    await into(range, raw)
    raw.end()
  } catch (error) {
    // Too late for words: the reader sees that it is not whole.
    reply.log.error({ err: error }, 'a file broke off')
    raw.destroy()
  }
  return reply
}

/** Several ranges in one answer (RFC 9110, 14.6), one after the other. */
async function sendParts(reply: FastifyReply, file: SentFile, ranges: ByteRange[]): Promise<FastifyReply> {
  const boundary = randomBytes(12).toString('hex')
  const heads = ranges.map((range) => `\r\n--${boundary}\r\ncontent-type: ${file.contentType}\r\ncontent-range: ${contentRange(range, file.size)}\r\n\r\n`)
  const end = `\r\n--${boundary}--\r\n`
  const bytes = ranges.reduce((sum, range, index) => sum + heads[index].length + range.end - range.start + 1, end.length)
  async function* parts(): AsyncGenerator<Buffer> {
    for (const [index, range] of ranges.entries()) {
      yield Buffer.from(heads[index])
      yield* file.read(range) as AsyncIterable<Buffer>
    }
    yield Buffer.from(end)
  }
  reply.code(206).headers({ 'content-type': `multipart/byteranges; boundary=${boundary}`, 'content-length': bytes })
  return await reply.send(Readable.from(parts(), { objectMode: false, highWaterMark: 1 }))
}

function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end}/${size}`
}
