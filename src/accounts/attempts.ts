import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { AppError } from '../errors.ts'
import type { Db } from '../lib/db/db.ts'
import * as queries from './queries.ts'

/**
 * Counts one attempt and refuses it when there were `max` already; then all of them wait until `windowMs` after the last that was
 * let through. Counting comes before the work, so parallel attempts cannot slip past. Errors: `too_many_attempts`.
 */
export async function countAttempt(db: Db, key: string, { max, windowMs }: { max: number; windowMs: number }): Promise<void> {
  const { count, endsAt } = await queries.raiseAttempts(db, key, max, windowMs)
  if (count <= max) return
  throw new AppError('too_many_attempts', { details: { minutes: Math.max(1, Math.ceil((endsAt.getTime() - Date.now()) / 60_000)) } })
}

export async function forgetAttempts(db: Db, key: string): Promise<void> {
  await queries.deleteAttempts(db, key)
}

/** Parts of a key, as digests: neither an e-mail nor an address is kept. */
export function attemptKey(kind: string, ...parts: string[]): string {
  return [kind, ...parts.map((part) => createHash('sha256').update(part).digest('base64url'))].join(' ')
}

/** What one household or office shares: an IPv4 address, or an IPv6 network of 48 bits, within which addresses cost nothing. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%')[0]
  if (isIPv4(plain) || !isIPv6(plain)) return plain
  const [head, tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}
