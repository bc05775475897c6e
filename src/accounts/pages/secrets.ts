import { z } from 'zod'
import type { App } from '../../app.ts'
import { readPageContext } from '../../lib/http/context.ts'
import { formBody, readForm, refuseForm } from '../../lib/http/forms.ts'
import type { Server } from '../../lib/http/server.ts'
import { limits } from '../../limits.ts'
import { currentUser } from '../authenticate.ts'
import { scopes } from '../roles.ts'
import { code, password, personName } from '../schema.ts'
import { createApiToken, deleteApiToken } from '../tokens.ts'
import { confirmTwoFactor, createRecoveryCodes, startTwoFactor, stopTwoFactor } from '../twofactor.ts'
import { actOnAccount, showAccount } from './own.ts'

const person = { access: 'person', page: true } as const
const passwordForm = z.object({ password })
const tokenForm = z.object({
  name: personName,
  scope: z.enum(scopes),
  days: z.union([z.literal(''), z.coerce.number().int().min(1).max(limits.apiTokenDaysMax)]).transform((value) => (value === '' ? null : value)),
})

/** The second factor and API tokens: what they give is shown in the answer itself, this once. */
export function secretPages(app: App, server: Server): void {
  const { db } = app

  server.post('/admin/account/two-factor', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'two-factor', request.body, null, async (language) => {
      await startTwoFactor(db, currentUser(request), readForm(passwordForm, request.body, language).password)
    })
  })

  server.post('/admin/account/two-factor/confirm', { config: person, schema: { body: formBody } }, async (request, reply) => {
    const { language } = readPageContext(request, app.assets)
    try {
      const codes = await confirmTwoFactor(db, currentUser(request), readForm(z.object({ code }), request.body, language).code)
      return await showAccount(app, request, reply, { secrets: { codes } })
    } catch (error) {
      const { state, status } = refuseForm(language, 'confirm', request.body, error)
      return await showAccount(app, request, reply.code(status), { state })
    }
  })

  server.post('/admin/account/two-factor/codes', { config: person, schema: { body: formBody } }, async (request, reply) => {
    const { language } = readPageContext(request, app.assets)
    try {
      const codes = await createRecoveryCodes(db, currentUser(request), readForm(passwordForm, request.body, language).password)
      return await showAccount(app, request, reply, { secrets: { codes } })
    } catch (error) {
      const { state, status } = refuseForm(language, 'codes', request.body, error)
      return await showAccount(app, request, reply.code(status), { state })
    }
  })

  server.post('/admin/account/two-factor/disable', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'codes', request.body, 'two-factor-off', async (language) => {
      await stopTwoFactor(db, currentUser(request), readForm(passwordForm, request.body, language).password)
    })
  })

  server.post('/admin/account/tokens', { config: person, schema: { body: formBody } }, async (request, reply) => {
    const { language } = readPageContext(request, app.assets)
    try {
      const made = await createApiToken(db, currentUser(request), readForm(tokenForm, request.body, language))
      return await showAccount(app, request, reply, { secrets: { token: made.token } })
    } catch (error) {
      const { state, status } = refuseForm(language, 'tokens', request.body, error)
      return await showAccount(app, request, reply.code(status), { state })
    }
  })

  server.post('/admin/account/tokens/delete', { config: person, schema: { body: formBody } }, async (request, reply) => {
    return await actOnAccount(app, request, reply, 'tokens', request.body, 'token', async (language) => {
      await deleteApiToken(db, currentUser(request), readForm(z.object({ id: z.coerce.number().int().positive() }), request.body, language).id)
    })
  })
}
