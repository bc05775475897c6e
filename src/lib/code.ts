import { randomInt } from 'node:crypto'

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** A random base58 code for short links: 10 characters are 58 bits, so guessing one is hopeless. */
export function createCode(length = 10): string {
  let code = ''
  for (let index = 0; index < length; index++) code += base58[randomInt(base58.length)]
  return code
}

export function isCode(text: string): boolean {
  return /^[1-9A-HJ-NP-Za-km-z]{10}$/.test(text)
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
}
