import { AppError } from '../../errors.ts'

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** `storage_full` when that is what the operating system says; any other error as it is. */
export function asStorageError(error: unknown): unknown {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' && fullCodes.has(code) ? new AppError('storage_full', { cause: error }) : error
}
