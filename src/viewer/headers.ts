import type { App } from '../app.ts'
import { encodings, packNow } from '../lib/http/encoding.ts'
import type { Encoding } from '../lib/http/encoding.ts'
import { contentSecurityPolicy, securityHeaders } from '../lib/http/headers.ts'
import { publicCacheControl, surrogateKeys } from '../lib/http/shared.ts'
import { styleSource } from './page.ts'
import type { ReadyAnswer, ReadyManifest } from './ready.ts'

/** Headers of the answers to guests, the same whichever way an answer goes. */
export interface ViewerHeaders {
  manifest: Record<string, string>
  json(tags: readonly string[]): Record<string, string>
  page(answer: Pick<ReadyAnswer, 'status' | 'tags' | 'brand'>): Record<string, string>
}

export function createViewerHeaders(app: Pick<App, 'config' | 'assets'>): ViewerHeaders {
  const files = app.config.cdnUrl ?? ''
  const json = { ...securityHeaders(contentSecurityPolicy({ files })), 'content-type': 'application/json; charset=utf-8' }
  const html = { ...securityHeaders(contentSecurityPolicy({ files, styles: styleSource(app.assets) })), 'content-type': 'text/html; charset=utf-8' }
  const shared = publicCacheControl(app.config.cdnUrl !== undefined)
  return {
    // Each one counts a visit and tells the moment, so nobody may answer for us.
    manifest: { ...json, 'cache-control': 'no-store', 'x-manifest-version': '1', vary: 'accept-encoding' },
    json: (tags) => ({ ...json, 'cache-control': shared, ...surrogateKeys(tags) }),
    page: ({ status, tags, brand }) => ({ ...html, ...(brand == null ? {} : { 'content-security-policy': contentSecurityPolicy({ files, styles: `${styleSource(app.assets)} ${brand}` }) }), 'cache-control': status === 200 ? shared : 'no-cache', vary: 'accept-encoding, accept-language, cookie', ...surrogateKeys(tags) }),
  }
}

let second = 0
let moment = ''
const packed = new Map<string, Buffer>()

/** The manifest as of this second. */
export function stampManifest(ready: ReadyManifest): string {
  keepTime()
  return ready.head + moment + ready.tail
}

/** The same packed; once a second for each that is asked for, because the moment stands in it. */
export function packManifest(ready: ReadyManifest, encoding: Encoding): Buffer {
  keepTime()
  const key = `${encodings.indexOf(encoding)} ${ready.contentId} ${ready.videoId} ${ready.tail.length} ${ready.head}`
  let bytes = packed.get(key)
  if (bytes === undefined) packed.set(key, (bytes = packNow(encoding, Buffer.from(stampManifest(ready)), 'once')))
  return bytes
}

function keepTime(): void {
  const now = Math.floor(Date.now() / 1000)
  if (now === second) return
  second = now
  moment = new Date(now * 1000).toISOString()
  packed.clear()
}
