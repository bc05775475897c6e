import { randomBytes } from 'node:crypto'
import { renderSVG } from 'uqr'
import { AppError } from '../errors.ts'
import type { Db, Trx } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import { attemptKey, countAttempt, forgetAttempts } from './attempts.ts'
import { noteChange } from './audit.ts'
import type { User } from './queries.ts'
import { confirmPassword } from './password.ts'
import { createReadableSecret, digestToken } from './secrets.ts'
import { createUri, encodeBase32, findStep } from './totp.ts'
import * as queries from './twofactor/queries.ts'

const secretBytes = 20

export interface TwoFactorSetup {
  /** For typing it in: base32. */
  secret: string
  uri: string
  /** The same as a QR code: SVG. */
  qr_svg: string
}

/** Makes a secret for the app; nothing is asked for at sign-in until `confirmTwoFactor`. Errors: `wrong_password`, `two_factor_on`. */
export async function startTwoFactor(db: Db, user: User, password: string): Promise<TwoFactorSetup> {
  const found = await confirmPassword(db, user.id, password)
  if (found.totpConfirmedAt !== null) throw new AppError('two_factor_on')
  const secret = randomBytes(secretBytes)
  await queries.updateSecret(db, user.id, secret)
  return presentSetup(secret, user.email)
}

/** The secret that waits for its first code, to show it once more; undefined when none does. */
export async function findTwoFactorSetup(db: Db, user: User): Promise<TwoFactorSetup | undefined> {
  const found = await queries.findTwoFactor(db, user.id)
  return found?.totpSecret == null || found.totpConfirmedAt !== null ? undefined : presentSetup(found.totpSecret, user.email)
}

/** The first code proves that the app has the secret. Returns recovery codes, told this once. Errors: `two_factor_off`, `two_factor_on`, `invalid_code`. */
export async function confirmTwoFactor(db: Db, user: User, code: string): Promise<string[]> {
  await countCode(db, user.id)
  const codes = await db.transaction().execute(async (trx) => {
    const found = await queries.findTwoFactor(trx, user.id)
    if (found?.totpSecret == null) throw new AppError('two_factor_off')
    if (found.totpConfirmedAt !== null) throw new AppError('two_factor_on')
    const step = findStep(found.totpSecret, cleanCode(code))
    if (step === undefined || !(await queries.takeStep(trx, user.id, step))) throw new AppError('invalid_code', { details: { field: 'code' } })
    await queries.confirmSecret(trx, user.id)
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'enabled', kind: 'two_factor', id: user.id, name: user.name })
    return await replaceCodes(trx, user.id)
  })
  await forgetAttempts(db, attemptKey('code', String(user.id)))
  return codes
}

/** Errors: `wrong_password`, `two_factor_off`. */
export async function createRecoveryCodes(db: Db, user: User, password: string): Promise<string[]> {
  const found = await confirmPassword(db, user.id, password)
  if (found.totpConfirmedAt === null) throw new AppError('two_factor_off')
  return await db.transaction().execute(async (trx) => {
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'created', kind: 'recovery_codes', id: user.id, name: user.name })
    return await replaceCodes(trx, user.id)
  })
}

/** Errors: `wrong_password`, `two_factor_off`. */
export async function stopTwoFactor(db: Db, user: User, password: string): Promise<void> {
  const found = await confirmPassword(db, user.id, password)
  if (found.totpConfirmedAt === null) throw new AppError('two_factor_off')
  await db.transaction().execute(async (trx) => {
    await queries.clearTwoFactor(trx, user.id)
    await noteChange(trx, { by: user, companyId: user.companyId, action: 'disabled', kind: 'two_factor', id: user.id, name: user.name })
  })
}

/** Whether it is on, and how many recovery codes are left. */
export async function readTwoFactor(db: Db, userId: number): Promise<{ enabled: boolean; recovery_codes_left: number }> {
  const found = await queries.findTwoFactor(db, userId)
  if (found?.totpConfirmedAt == null) return { enabled: false, recovery_codes_left: 0 }
  return { enabled: true, recovery_codes_left: await queries.countRecoveryCodes(db, userId) }
}

/** Takes a code of the app or a recovery code; each works once. Errors: `invalid_code`, `too_many_attempts`. */
export async function useCode(db: Db, userId: number, given: string): Promise<void> {
  await countCode(db, userId)
  const code = cleanCode(given)
  const isRight = /^\d{6}$/.test(code) ? await useAppCode(db, userId, code) : await queries.takeRecoveryCode(db, userId, digestToken(code))
  if (!isRight) throw new AppError('invalid_code', { details: { field: 'code' } })
  await forgetAttempts(db, attemptKey('code', String(userId)))
}

async function useAppCode(db: Db, userId: number, code: string): Promise<boolean> {
  const found = await queries.findTwoFactor(db, userId)
  const step = found?.totpSecret == null ? undefined : findStep(found.totpSecret, code)
  return step !== undefined && (await queries.takeStep(db, userId, step))
}

/** By account alone: whoever comes so far knows the password. */
async function countCode(db: Db, userId: number): Promise<void> {
  await countAttempt(db, attemptKey('code', String(userId)), { max: limits.loginFailuresMax, windowMs: limits.loginLockMs })
}

async function replaceCodes(trx: Trx, userId: number): Promise<string[]> {
  const codes = Array.from({ length: limits.recoveryCodes }, createReadableSecret)
  await queries.replaceRecoveryCodes(trx, userId, codes.map((code) => digestToken(cleanCode(code))))
  return codes
}

/** As people type it: with spaces, in capitals, without the hyphens. */
function cleanCode(code: string): string {
  return code.toLowerCase().replace(/[\s-]/g, '')
}

function presentSetup(secret: Uint8Array, email: string): TwoFactorSetup {
  const uri = createUri(secret, email)
  return { secret: encodeBase32(secret), uri, qr_svg: renderSVG(uri, { border: 2, pixelSize: 4 }) }
}
