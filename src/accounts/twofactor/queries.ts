import type { Db, Trx } from '../../lib/db/db.ts'
import { sql } from '../../lib/db/db.ts'

export async function findTwoFactor(db: Db, userId: number) {
  return await db.selectFrom('users').select(['totpSecret', 'totpConfirmedAt']).where('id', '=', userId).executeTakeFirst()
}

/** Never over one that is in use. */
export async function updateSecret(db: Db, userId: number, secret: Uint8Array): Promise<void> {
  await db.updateTable('users').set({ totpSecret: secret, totpLastStep: null }).where('id', '=', userId).where('totpConfirmedAt', 'is', null).execute()
}

export async function confirmSecret(trx: Trx, userId: number): Promise<void> {
  await trx.updateTable('users').set({ totpConfirmedAt: sql<Date>`now()` }).where('id', '=', userId).execute()
}

export async function clearTwoFactor(trx: Trx, userId: number): Promise<void> {
  await trx.updateTable('users').set({ totpSecret: null, totpConfirmedAt: null, totpLastStep: null }).where('id', '=', userId).execute()
  await trx.deleteFrom('recoveryCodes').where('userId', '=', userId).execute()
}

/** Takes a time step unless it, or a later one, was taken: of two that send the same code at once, one gets in. */
export async function takeStep(db: Db, userId: number, step: number): Promise<boolean> {
  const taken = await db.updateTable('users').set({ totpLastStep: step }).where('id', '=', userId)
    .where((either) => either.or([either('totpLastStep', 'is', null), either('totpLastStep', '<', step)])).executeTakeFirst()
  return taken.numUpdatedRows > 0n
}

export async function takeRecoveryCode(db: Db, userId: number, sha256: Uint8Array): Promise<boolean> {
  const taken = await db.updateTable('recoveryCodes').set({ usedAt: sql<Date>`now()` }).where('userId', '=', userId).where('sha256', '=', sha256).where('usedAt', 'is', null).executeTakeFirst()
  return taken.numUpdatedRows > 0n
}

export async function replaceRecoveryCodes(trx: Trx, userId: number, digests: Uint8Array[]): Promise<void> {
  await trx.deleteFrom('recoveryCodes').where('userId', '=', userId).execute()
  await trx.insertInto('recoveryCodes').values(digests.map((sha256) => ({ userId, sha256 }))).execute()
}

export async function countRecoveryCodes(db: Db, userId: number): Promise<number> {
  const row = await db.selectFrom('recoveryCodes').select((expression) => expression.fn.countAll<number>().as('total')).where('userId', '=', userId).where('usedAt', 'is', null).executeTakeFirstOrThrow()
  return Number(row.total)
}
