import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { countManifestVisit } from '../analytics/analytics.ts'
import type { App } from '../app.ts'
import { absoluteAddresses, findAlbum, getAlbumIndex, listDemos, mediaUrl, nameAlbumIndex, pageAddresses, tagsOf } from '../content/content.ts'
import { AppError } from '../errors.ts'
import { answerEarly } from '../lib/http/early.ts'
import { chooseEncoding, encodings } from '../lib/http/encoding.ts'
import { readLanguage, rememberLanguage } from '../lib/http/language.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { describeAlbumPage, presentAlbum } from './albums.ts'
import { createEarlyAnswers } from './early.ts'
import { createViewerHeaders, stampManifest } from './headers.ts'
import type { ViewerHeaders } from './headers.ts'
import { viewerPage } from './page.ts'
import { createReadyKeys, getReadyCheck, getReadyManifest, getReadyPage } from './ready.ts'
import type { ReadyKeys } from './ready.ts'
import { activeVideo, albumAnswer, appManifest, checkAnswer, demoList } from './schema.ts'
import { getPlayable, presentAppVideo } from './viewer.ts'

const linkParams = z.object({ id: z.string().max(limits.nameCharsMax) })

const albumParams = z.object({ code: z.string().max(limits.nameCharsMax) })
const albumQuery = z.object({ from: z.literal('page').optional().catch(undefined) })
const indexParams = albumParams.extend({ name: z.string().regex(/^[0-9a-f]{64}$/) })

export function viewerRoutes(app: App, server: Server): void {
  const { publicUrl } = app
  const { files } = absoluteAddresses(app)
  const keys = createReadyKeys(app)
  const headers = createViewerHeaders(app)
  const page = (request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) => sendPage(app, keys, headers, request, reply)
  answerEarly(server, createEarlyAnswers(app, server, keys))
  server.get('/v/:id', { config: { access: 'guest', page: true }, schema: { params: linkParams } }, page)
  server.get('/view/:id', { config: { access: 'guest', page: true }, schema: { params: linkParams } }, page)
  server.get('/ar/:id', { config: { access: 'guest', page: true }, schema: { params: linkParams } }, (request, reply) => reply.redirect(`${publicUrl}/view/${encodeURIComponent(request.params.id)}`, 301))

  server.get('/api/viewer/demo/list', { config: { access: 'guest' }, schema: { response: { 200: demoList } } }, async (_request, reply) => {
    const demos = await listDemos(app)
    reply.headers(headers.json(['content']))
    return {
      demos: demos.map((demo) => ({
        unique_id: `demo_${demo.demoNumber}`,
        title: demo.customerName ?? demo.projectName,
        marker_image_url: mediaUrl(files, `${demo.photoSha256}/photo.${demo.photoExtension}`),
      })),
    }
  })

  server.get('/api/viewer/ar/:id/check', { config: { access: 'guest' }, schema: { params: linkParams, response: { 200: checkAnswer } } }, async (request, reply) => {
    const { bytes, etag, tags } = await getReadyCheck(app, keys, request.params.id)
    return reply.headers({ ...headers.json(tags), etag }).serializer(asItIs).send(bytes as never)
  })

  server.get('/api/viewer/ar/:id/manifest', { config: { access: 'guest' }, schema: { params: linkParams, response: { 200: appManifest } } }, async (request, reply) => {
    const ready = await getReadyManifest(app, keys, request.params.id)
    if (request.method === 'GET') await countManifestVisit(app, ready.contentId, ready.videoId, request.headers['user-agent'] ?? '')
    return reply.headers(headers.manifest).serializer(asItIs).send(stampManifest(ready) as never)
  })

  server.get('/api/viewer/ar/:id/active-video', { config: { access: 'guest' }, schema: { params: linkParams, response: { 200: activeVideo } } }, async (request, reply) => {
    const { content, video } = await getPlayable(app, request.params.id)
    const presented = presentAppVideo(video, content, files)
    reply.headers(headers.json(tagsOf(content)))
    return {
      ...presented,
      preview_url: presented.thumbnail_url,
      is_active: video.isActive,
      rotation_type: 'none',
      subscription_end: content.expiresAt?.toISOString() ?? null,
      video_created_at: video.createdAt.toISOString(),
    }
  })

  albumRoutes(app, server, headers)
  appLinkRoutes(app, server)
}

/** A whole project behind one code. */
function albumRoutes(app: App, server: Server, headers: ViewerHeaders): void {
  server.get('/p/:code', { config: { access: 'guest', page: true }, schema: { params: albumParams } }, async (request, reply) => {
    const manifest = describeAlbumPage(await findAlbum(app, request.params.code), {
      language: readLanguage(request), pageUrl: `${app.publicUrl}${request.url.split('?')[0]}`, workerUrl: app.assets.url('tracker-worker.js'),
      files: pageAddresses(app).files,
    })
    const status = manifest.state === 'not_found' ? 404 : manifest.state === 'expired' ? 403 : 200
    rememberLanguage(request, reply)
    reply.code(status).headers(headers.page({ status, tags: [] })).header('cache-control', 'private, no-cache')
    return await reply.send(viewerPage(manifest, app.assets).text)
  })

  server.get('/api/viewer/albums/:code', { config: { access: 'guest' }, schema: { params: albumParams, querystring: albumQuery, response: { 200: albumAnswer } } }, async (request, reply) => {
    const album = await findAlbum(app, request.params.code)
    if (album === undefined) throw new AppError('not_found')
    reply.header('cache-control', 'no-cache')
    return presentAlbum(album, request.query.from === 'page' ? { ...pageAddresses(app), links: '' } : absoluteAddresses(app))
  })

  // The name follows from the targets: what is asked for by it never changes, and a name of yesterday's album leads nowhere.
  server.get('/api/viewer/albums/:code/:name', { config: { access: 'guest' }, schema: { params: indexParams } }, async (request, reply) => {
    const album = await findAlbum(app, request.params.code)
    if (album === undefined || nameAlbumIndex(album.rows) !== request.params.name) throw new AppError('not_found')
    const etag = `"${request.params.name.slice(0, 32)}"`
    reply.header('etag', etag).header('cache-control', 'public, max-age=31536000, immutable').type('application/octet-stream')
    if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
    return await reply.send(await getAlbumIndex(app, album.rows))
  })
}

/** What phones ask before they open our links in an installed app. */
function appLinkRoutes(app: App, server: Server): void {
  const { androidApp, appleAppIds } = app.config
  server.get('/.well-known/assetlinks.json', { config: { access: 'guest' } }, () =>
    androidApp === undefined ? [] : [{
      relation: ['delegate_permission/common.handle_all_urls'],
      target: { namespace: 'android_app', package_name: androidApp.package, sha256_cert_fingerprints: androidApp.fingerprints },
    }])
  server.get('/.well-known/apple-app-site-association', { config: { access: 'guest' } }, () => ({
    applinks: { apps: [], details: appleAppIds.map((appID) => ({ appID, paths: ['/view/*', '/v/*', '/ar/*', '/p/*'] })) },
  }))
}

/** What is serialised already. */
const asItIs = (body: unknown) => body as string

async function sendPage(app: App, keys: ReadyKeys, headers: ViewerHeaders, request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply): Promise<FastifyReply> {
  const encoding = chooseEncoding(request.headers['accept-encoding'], encodings)
  const ready = await getReadyPage(app, keys, { id: request.params.id, path: request.url.split('?')[0], language: readLanguage(request), encoding })
  reply.code(ready.status).headers({ ...headers.page(ready), etag: ready.etag })
  if (encoding !== null) reply.header('content-encoding', encoding)
  rememberLanguage(request, reply)
  // What sets a cookie is for its reader alone.
  if (reply.hasHeader('set-cookie')) reply.header('cache-control', 'private, no-cache')
  return await reply.send(ready.bytes)
}
