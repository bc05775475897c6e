import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { countManifestVisit } from '../analytics/analytics.ts'
import type { App } from '../app.ts'
import { findByLink, listDemos, mediaUrl } from '../content/content.ts'
import { contentSecurityPolicy } from '../lib/http/headers.ts'
import { readLanguage, rememberLanguage } from '../lib/http/language.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import { styleSource, viewerPage } from './page.ts'
import { activeVideo, appManifest, checkAnswer, demoList } from './schema.ts'
import { describePage, findObstacle, getPlayable, presentAppVideo, presentManifest } from './viewer.ts'

const linkParams = z.object({ id: z.string().max(limits.nameCharsMax) })

export function viewerRoutes(app: App, server: Server): void {
  const { db, publicUrl } = app
  const page = (request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) => renderViewer(app, request, reply)
  server.get('/v/:id', { config: { access: 'guest', page: true }, schema: { params: linkParams } }, page)
  server.get('/view/:id', { config: { access: 'guest', page: true }, schema: { params: linkParams } }, page)
  server.get('/ar/:id', { config: { access: 'guest', page: true }, schema: { params: linkParams } }, (request, reply) => reply.redirect(`${publicUrl}/view/${encodeURIComponent(request.params.id)}`, 301))

  server.get('/api/viewer/demo/list', { config: { access: 'guest' }, schema: { response: { 200: demoList } } }, async () => {
    const demos = await listDemos(app)
    return {
      demos: demos.map((demo) => ({
        unique_id: `demo_${demo.demoNumber}`,
        title: demo.customerName ?? demo.projectName,
        marker_image_url: mediaUrl(publicUrl, `${demo.photoSha256}/photo.${demo.photoExtension}`),
      })),
    }
  })

  server.get('/api/viewer/ar/:id/check', { config: { access: 'guest' }, schema: { params: linkParams, response: { 200: checkAnswer } } }, async (request) => {
    const reason = findObstacle(await findByLink(app, request.params.id))
    return reason === undefined ? { content_available: true } : { content_available: false, reason }
  })

  server.get('/api/viewer/ar/:id/manifest', { config: { access: 'guest' }, schema: { params: linkParams, response: { 200: appManifest } } }, async (request, reply) => {
    const playable = await getPlayable(app, request.params.id)
    if (request.method === 'GET') await countManifestVisit(db, playable.content.id, playable.video.id, request.headers['user-agent'] ?? '')
    reply.header('x-manifest-version', '1').header('cache-control', 'no-cache')
    return presentManifest(playable, publicUrl)
  })

  server.get('/api/viewer/ar/:id/active-video', { config: { access: 'guest' }, schema: { params: linkParams, response: { 200: activeVideo } } }, async (request) => {
    const { content, video } = await getPlayable(app, request.params.id)
    const presented = presentAppVideo(video, content, publicUrl)
    return {
      ...presented,
      preview_url: presented.thumbnail_url,
      is_active: video.isActive,
      rotation_type: 'none',
      subscription_end: content.expiresAt?.toISOString() ?? null,
      video_created_at: video.createdAt.toISOString(),
    }
  })

  appLinkRoutes(app, server)
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

async function renderViewer(app: App, request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply): Promise<FastifyReply> {
  const found = await findByLink(app, request.params.id)
  const language = readLanguage(request)
  rememberLanguage(request, reply)
  const manifest = describePage(found, {
    language,
    pageUrl: `${app.publicUrl}${request.url.split('?')[0]}`,
    workerUrl: app.assets.url('tracker-worker.js'),
  })
  const status = manifest.state === 'not_found' ? 404 : manifest.state === 'expired' ? 403 : 200
  return await reply.code(status).type('text/html; charset=utf-8').header('cache-control', 'no-cache')
    .header('content-security-policy', contentSecurityPolicy(styleSource(app.assets))).send(viewerPage(manifest, app.assets).text)
}
