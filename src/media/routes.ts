import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { parseRange } from '../lib/http/range.ts'
import type { Server } from '../lib/http/server.ts'

const mediaParams = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/) })

const contentTypes: Record<string, string> = {
  jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', avif: 'image/avif', heic: 'image/heic', heif: 'image/heif',
  mp4: 'video/mp4', mov: 'video/quicktime', webm: 'video/webm', mkv: 'video/x-matroska', arv: 'application/octet-stream',
}

/** Stored files by their content's hash: what an address gives never changes, so everybody may keep it for ever. */
export function mediaRoutes(app: App, server: Server): void {
  server.get('/media/:hash/:name', { config: { access: 'guest' } }, async (request, reply) => {
    const params = mediaParams.safeParse(request.params)
    if (!params.success) throw new AppError('not_found')
    const key = `${params.data.hash}/${params.data.name}`
    const file = await app.storage.find(key)
    if (file === undefined) throw new AppError('not_found')
    const etag = `"${params.data.hash.slice(0, 16)}-${params.data.name}"`
    reply.headers({
      etag,
      'cache-control': 'public, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'content-type': contentTypes[params.data.name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    })
    if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
    if (request.method === 'HEAD') return await reply.header('content-length', file.size).send()
    const ifRange = request.headers['if-range']
    const range = ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, file.size) : undefined
    if (range === 'unsatisfiable') return await reply.code(416).header('content-range', `bytes */${file.size}`).send()
    if (range === undefined) return await reply.header('content-length', file.size).send(app.storage.read(key))
    reply.code(206).headers({ 'content-range': `bytes ${range.start}-${range.end}/${file.size}`, 'content-length': range.end - range.start + 1 })
    return await reply.send(app.storage.read(key, range))
  })
}
