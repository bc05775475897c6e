import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { countManifestVisit } from '../analytics/analytics.ts'
import type { App } from '../app.ts'
import type { EarlyAnswer } from '../lib/http/early.ts'
import { chooseEncoding, encodings, packedBytesMin } from '../lib/http/encoding.ts'
import type { Server } from '../lib/http/server.ts'
import { preferredLanguage } from '../words/words.ts'
import { createViewerHeaders, packManifest, stampManifest } from './headers.ts'
import type { ReadyAnswer, ReadyKeys, ReadyManifest } from './ready.ts'

const addresses = /^\/(?:api\/viewer\/ar\/([\w-]{1,40})\/(manifest|check)|(v|view)\/([\w-]{1,40}))$/

/**
 * Answers what guests ask most when it lies ready in memory: the plainest requests only. Everything else about these addresses (other
 * methods, conditions, cookies, what is not in memory) is the work of the routes, which give the very same answers.
 */
export function createEarlyAnswers(app: App, server: Server, keys: ReadyKeys): EarlyAnswer {
  const headers = createViewerHeaders(app)
  const ofManifest = flatten(headers.manifest)
  const send = (request: IncomingMessage, response: ServerResponse, answer: Outgoing) => {
    const { status, body, bytes, endpoint, startedAt } = answer
    response.writeHead(status, [...answer.headers, 'content-length', String(bytes), 'x-request-id', randomUUID()])
    response.end(body, 'latin1')
    const durationMs = performance.now() - startedAt
    server.answers.tell({ method: 'GET', endpoint, status, durationMs })
    if (app.log.isLevelEnabled('debug')) app.log.debug({ method: 'GET', path: request.url, status, duration_ms: Math.round(durationMs) }, 'answered at once')
  }

  function answerManifest(request: IncomingMessage, response: ServerResponse, ready: ReadyManifest, passOn: () => void, startedAt: number): void {
    server.load.begin()
    const answer = () => {
      server.load.end()
      const text = stampManifest(ready)
      const encoding = ready.bytes < packedBytesMin ? null : chooseEncoding(request.headers['accept-encoding'], encodings)
      const out = { status: 200, endpoint: '/api/viewer/ar/:id/manifest', startedAt }
      if (encoding === null) return send(request, response, { ...out, headers: ofManifest, body: text, bytes: ready.bytes })
      const body = packManifest(ready, encoding)
      send(request, response, { ...out, headers: [...ofManifest, 'content-encoding', encoding], body, bytes: body.length })
    }
    countManifestVisit(app, ready.contentId, ready.videoId, request.headers['user-agent'] ?? '').then(answer, () => {
      // Tried once more there, and told in our own words when it fails again.
      server.load.end()
      passOn()
    })
  }

  /** Takes the request when `key` is in memory, at the latest when that can be trusted. */
  function withReady<T>(key: string, passOn: () => void, answer: (ready: T) => void): boolean {
    const found = app.cache.peek<T>('answers', key)
    if (found === undefined) return false
    if (found instanceof Promise) found.then((ready) => (ready === undefined ? passOn() : answer(ready)), passOn)
    else answer(found)
    return true
  }

  return (request, response, passOn) => {
    if (request.method !== 'GET' || request.headers['if-none-match'] !== undefined) return false
    const [, id, what, page] = addresses.exec(request.url ?? '') ?? []
    if (what === undefined && page === undefined) return false
    if (server.load.isOver()) return false
    const startedAt = performance.now()
    if (what === 'manifest') return withReady<ReadyManifest>(keys.manifest(id), passOn, (ready) => answerManifest(request, response, ready, passOn, startedAt))
    const sendReady = (ready: ReadyAnswer, endpoint: string, own: Record<string, string>) =>
      send(request, response, { status: ready.status, headers: flatten({ ...own, etag: ready.etag }), body: ready.bytes, bytes: ready.bytes.length, endpoint, startedAt })
    if (what === 'check') return withReady<ReadyAnswer>(keys.check(id), passOn, (ready) => sendReady(ready, '/api/viewer/ar/:id/check', headers.json(ready.tags)))
    if (request.headers.cookie !== undefined) return false
    const encoding = chooseEncoding(request.headers['accept-encoding'], encodings)
    const key = keys.page(request.url!, preferredLanguage(request.headers['accept-language']), encoding)
    return withReady<ReadyAnswer>(key, passOn, (ready) => sendReady(ready, `/${page}/:id`, { ...headers.page(ready), ...(encoding === null ? {} : { 'content-encoding': encoding }) }))
  }
}

function flatten(headers: Record<string, string>): string[] {
  return Object.entries(headers).flat()
}

interface Outgoing {
  status: number
  /** Names and values in turn, as Node takes them fastest. */
  headers: readonly string[]
  /** A string is ASCII. */
  body: string | Buffer
  /** Of the body. */
  bytes: number
  endpoint: string
  startedAt: number
}
