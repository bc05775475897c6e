import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { chooseEncoding, encodings, pack, packedBytesMin } from './encoding.ts'

const packable = /^(text\/|application\/(json|javascript|xml|manifest\+json|problem\+json)|image\/svg\+xml)/

/**
 * The last touch to every answer that lies in memory whole: who may keep it, whether the reader has it already, how it is packed. Files
 * are streams and pass untouched: pictures and videos are packed by their own formats.
 */
export async function finishAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  setCacheControl(request, reply)
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
  const content = typeof payload === 'string' ? Buffer.from(payload) : payload
  if (isKeepable(request, reply)) {
    if (!reply.hasHeader('etag')) reply.header('etag', weakEtag(content))
    if (matchesEtag(request.headers['if-none-match'], String(reply.getHeader('etag')))) {
      reply.code(304).removeHeader('content-length').removeHeader('content-type')
      return null
    }
  }
  if (!packable.test(String(reply.getHeader('content-type') ?? '')) || reply.hasHeader('content-encoding')) return payload
  if (content.length < packedBytesMin) return payload
  addVary(reply, 'accept-encoding')
  const encoding = chooseEncoding(request.headers['accept-encoding'], encodings)
  if (encoding === null) return payload
  reply.header('content-encoding', encoding).removeHeader('content-length')
  return await pack(encoding, content, 'once')
}

/** What nobody decided otherwise: signed-in people's answers are theirs alone, and what changed something is not kept at all. */
function setCacheControl(request: FastifyRequest, reply: FastifyReply): void {
  if (reply.hasHeader('cache-control')) return
  const { access } = request.routeOptions.config ?? {}
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  reply.header('cache-control', !isRead || reply.statusCode >= 400 ? 'no-store' : access === 'guest' ? 'no-cache' : 'private, no-cache')
}

function isKeepable(request: FastifyRequest, reply: FastifyReply): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && reply.statusCode === 200 && !String(reply.getHeader('cache-control')).includes('no-store')
}

/** Weak, because the same content may come packed in several ways. */
export function weakEtag(content: Buffer | string): string {
  return `W/"${createHash('sha1').update(content).digest('base64url').slice(0, 20)}"`
}

/** Whether `If-None-Match` names this version; `*` names any. Compared weakly (RFC 9110, 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  const plain = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.split(',').some((tag) => plain(tag) === plain(etag))
}

export function addVary(reply: FastifyReply, name: string): void {
  const names = String(reply.getHeader('vary') ?? '').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '')
  if (!names.includes(name)) reply.header('vary', [...names, name].join(', '))
}
