import { hash } from '@node-rs/argon2'
import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import { noteChange } from './audit.ts'
import { forgetFailedSignIns } from './password.ts'
import * as queries from './queries.ts'
import { createReadableSecret } from './secrets.ts'

/** Creates the first administrator unless there is one. Returns the password when it was made up here, to be shown once. */
export async function ensureAdministrator(db: Db, options: { email: string; password: string | undefined }): Promise<{ created: boolean; generatedPassword?: string }> {
  if (await queries.hasAdministrator(db)) return { created: false }
  const password = options.password ?? createReadableSecret()
  await queries.insertUser(db, { email: options.email.toLowerCase(), name: 'Administrator', role: 'admin', companyId: null, passwordHash: await hash(password) })
  return options.password === undefined ? { created: true, generatedPassword: password } : { created: true }
}

/** From the command line: gives the account a new random password and ends its sessions. Errors: `not_found`. */
export async function resetPassword(db: Db, email: string): Promise<string> {
  const password = createReadableSecret()
  const found = await queries.findCredentials(db, { email: email.trim().toLowerCase() })
  if (found === undefined) throw new AppError('not_found')
  const passwordHash = await hash(password)
  await db.transaction().execute(async (trx) => {
    await queries.updatePassword(trx, found.id, passwordHash)
    await queries.deleteSessions(trx, found.id, null)
    await queries.deleteLinks(trx, found.id)
    await noteChange(trx, { by: null, companyId: found.companyId, action: 'changed', kind: 'password', id: found.id, name: found.name })
  })
  await forgetFailedSignIns(db, found)
  return password
}
