import { authenticate } from './accounts/accounts.ts'
import { accountPages } from './accounts/pages.ts'
import { accountRoutes } from './accounts/routes.ts'
import { statisticsPages } from './analytics/pages.ts'
import { analyticsRoutes, statisticsRoutes } from './analytics/routes.ts'
import type { App } from './app.ts'
import { isPrivateUrl } from './config.ts'
import { companyPages } from './companies/pages.ts'
import { companyRoutes } from './companies/routes.ts'
import { contentPages } from './content/pages.ts'
import { contentRoutes } from './content/routes.ts'
import { answerErrors } from './lib/http/answer.ts'
import type { Server } from './lib/http/server.ts'
import { mediaRoutes } from './media/routes.ts'
import { welcomePages } from './ops/pages.ts'
import { performancePages } from './ops/performance/pages.ts'
import { opsRoutes } from './ops/routes.ts'
import { viewerRoutes } from './viewer/routes.ts'

/** A worker answers for its health alone. */
export function addWorkerRoutes(app: App, server: Server): void {
  answerErrors(server, app.assets, app.telemetry)
  server.addHook('preHandler', async (request, reply) => await authenticate(app, request, reply))
  opsRoutes(app, server)
}

/** The whole URL map. Every route says in its `config.access` who may use it. */
export function addRoutes(app: App, server: Server): void {
  answerErrors(server, app.assets, app.telemetry)
  // Browsers that came by HTTPS once come by nothing else: not for addresses at home, whose certificates change.
  if (app.publicUrl.startsWith('https:') && !isPrivateUrl(app.publicUrl)) {
    server.addHook('onRequest', async (_request, reply) => void reply.header('strict-transport-security', 'max-age=31536000'))
  }

  // Before anything that was sent is read.
  server.addHook('onRequest', async (request, reply) => await authenticate(app, request, reply))

  // Whoever wrote, and was told so, sees it wherever they look next. Guests write visits only, which nothing cached shows.
  server.addHook('onSend', async (request, reply) => {
    const { access } = request.routeOptions.config
    if (access !== undefined && access !== 'guest' && request.method !== 'GET' && request.method !== 'HEAD' && reply.statusCode < 400) await app.cache.settle()
  })

  // Guests
  viewerRoutes(app, server) //     /v  /view  /ar  /api/viewer  /.well-known
  analyticsRoutes(app, server) //  /api/viewer/visits  /api/mobile
  mediaRoutes(app, server) //      /media

  // Studios
  accountRoutes(app, server) //    /api/auth
  companyRoutes(app, server) //    /api/companies  /api/projects
  contentRoutes(app, server) //    /api/ar-content  /api/tasks
  statisticsRoutes(app, server) // /api/analytics

  // Pages
  welcomePages(app, server) //     /
  accountPages(app, server) //     /admin/login  /admin/account  /admin/people  /admin/audit
  contentPages(app, server) //     /admin/content
  performancePages(app, server) // /admin/performance
  statisticsPages(app, server) //  /admin/statistics
  companyPages(app, server) //     /admin/companies  /admin/projects

  // Operators
  opsRoutes(app, server) //        /health  /metrics  /assets  /api/ops
}
