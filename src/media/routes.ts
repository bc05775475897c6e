import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { sendFile } from '../lib/http/file.ts'
import type { Server } from '../lib/http/server.ts'
import { forEver, surrogateKeys } from '../lib/http/shared.ts'

const mediaParams = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/) })

const contentTypes: Record<string, string> = {
  jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', avif: 'image/avif', heic: 'image/heic', heif: 'image/heif',
  mp4: 'video/mp4', mov: 'video/quicktime', webm: 'video/webm', mkv: 'video/x-matroska', arv: 'application/octet-stream',
}

/** Stored files by their content's hash: what an address gives never changes, so everybody may keep it for ever. */
export function mediaRoutes(app: App, server: Server): void {
  server.get('/media/:hash/:name', { config: { access: 'guest', waits: true } }, async (request, reply) => {
    const params = mediaParams.safeParse(request.params)
    if (!params.success) throw new AppError('not_found')
    const key = `${params.data.hash}/${params.data.name}`
    const file = await app.storage.find(key)
    if (file === undefined) throw new AppError('not_found')
    reply.headers({ 'cache-control': forEver, 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', ...surrogateKeys([`media:${params.data.hash}`]) })
    return await sendFile(request, reply, {
      size: file.size,
      etag: `"${params.data.hash.slice(0, 16)}-${params.data.name}"`,
      contentType: contentTypes[params.data.name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      read: (range) => app.storage.read(key, range),
      pour: app.storage.pour === undefined ? undefined : async (range, target) => await app.storage.pour!(key, range, target),
    })
  })
}
