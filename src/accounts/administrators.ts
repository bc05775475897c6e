import { randomInt } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import * as queries from './queries.ts'

/** Creates the first administrator unless there is one. Returns the password when it was made up here, to be shown once. */
export async function ensureAdministrator(db: Db, options: { email: string; password: string | undefined }): Promise<{ created: boolean; generatedPassword?: string }> {
  if (await queries.hasAdministrator(db)) return { created: false }
  const password = options.password ?? createPassword()
  await queries.insertAdministrator(db, { email: options.email.toLowerCase(), name: 'Administrator', passwordHash: await hash(password) })
  return options.password === undefined ? { created: true, generatedPassword: password } : { created: true }
}

/** Gives the account a new random password and ends its sessions. Errors: `not_found`. */
export async function resetPassword(db: Db, email: string): Promise<string> {
  const password = createPassword()
  if (!(await queries.updatePassword(db, email.trim().toLowerCase(), await hash(password)))) throw new AppError('not_found')
  return password
}

/** Sixteen letters and digits that cannot be mistaken for one another when read aloud or copied: 79 bits. */
function createPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
