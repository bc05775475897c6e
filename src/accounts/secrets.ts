import { createHash, randomBytes, randomInt } from 'node:crypto'

/** 256 bits for the address bar or a header. */
export function createToken(): string {
  return randomBytes(32).toString('base64url')
}

/** All that is kept of a token: enough to know it again, too little to use it. */
export function digestToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

/** Sixteen letters and digits that cannot be mistaken for one another when read aloud or copied: 79 bits. */
export function createReadableSecret(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
