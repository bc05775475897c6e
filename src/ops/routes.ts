import { createReadStream } from 'node:fs'
import { z } from 'zod'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { sql } from '../lib/db/db.ts'
import type { Server } from '../lib/http/server.ts'

const assetParams = z.object({ name: z.string().max(200) })

export function opsRoutes(app: App, server: Server): void {
  server.get('/health/live', { config: { access: 'guest' } }, (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }))

  server.get('/health/ready', { config: { access: 'guest' } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    try {
      await sql`select 1`.execute(app.db)
      return { status: 'ready' }
    } catch (error) {
      throw new AppError('not_ready_yet', { cause: error })
    }
  })

  server.get('/assets/:name', { config: { access: 'guest' }, schema: { params: assetParams } }, async (request, reply) => {
    const asset = app.assets.find(request.params.name, request.headers['accept-encoding'])
    if (asset === undefined) throw new AppError('not_found')
    reply.headers({ 'content-type': asset.contentType, 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding', 'content-length': asset.bytes })
    if (asset.encoding !== null) reply.header('content-encoding', asset.encoding)
    return await reply.send(createReadStream(asset.path))
  })
}
