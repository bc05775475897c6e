import { findSignedIn } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { isPrivateUrl } from '../config.ts'
import { createQrSvg, findDemo, pageAddresses } from '../content/content.ts'
import { readPageContext, sendPage } from '../lib/http/context.ts'
import type { Server } from '../lib/http/server.ts'
import { welcomePage } from './views.ts'

const codeSizePixels = 320

export function welcomePages(app: App, server: Server): void {
  server.get('/', { config: { access: 'guest', page: true } }, async (request, reply) => {
    await findSignedIn(app, request, reply)
    const context = readPageContext(request, app.assets)
    const demo = await findDemo(app, context.language, pageAddresses(app))
    return await sendPage(request, reply, welcomePage(context, {
      demo: demo ?? null,
      demoCode: demo === undefined ? null : createQrSvg(demo.short_link, codeSizePixels),
      isReachable: !isLoopback(app.publicUrl),
      isSelfSigned: app.publicUrl.startsWith('https:') && isPrivateUrl(app.publicUrl),
    }))
  })
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)
}
