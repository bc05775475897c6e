import type { App } from '../app.ts'
import type { Server } from '../lib/http/server.ts'
import { auditPages } from './pages/audit.ts'
import { ownPages } from './pages/own.ts'
import { peoplePages } from './pages/people.ts'
import { secretPages } from './pages/secrets.ts'
import { signInPages } from './pages/signin.ts'

export function accountPages(app: App, server: Server): void {
  signInPages(app, server) //  /admin/login  /admin/forgot  /admin/reset  /admin/join  /admin/email
  ownPages(app, server) //     /admin/account
  secretPages(app, server) //  /admin/account/two-factor  /admin/account/tokens
  peoplePages(app, server) //  /admin/people  /admin/invitations
  auditPages(app, server) //   /admin/audit  /admin/mails
}
