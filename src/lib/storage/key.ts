import { AppError } from '../../errors.ts'

const keyPattern = /^[0-9a-f]{16,128}\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** The key, when it is one. Anything else is a mistake of ours or an attack; neither may reach the disk, or the store. */
export function checkKey(key: string): string {
  if (keyPattern.test(key)) return key
  throw new AppError('not_found', { cause: new Error(`not a storage key: ${JSON.stringify(key.slice(0, 200))}`) })
}
