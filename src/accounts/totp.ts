import { createHmac, timingSafeEqual } from 'node:crypto'

/** Time-based one-time passwords, RFC 6238 with the parameters every app knows: SHA-1, 30 seconds, 6 digits. */
const stepSeconds = 30
const digits = 6
/** Clocks may differ by so many steps either way. */
const driftSteps = 1

/** The step of `code` if it is right at `now` (milliseconds since 1970); undefined when it is not. */
export function findStep(secret: Uint8Array, code: string, now = Date.now()): number | undefined {
  const current = Math.floor(now / 1000 / stepSeconds)
  const given = Buffer.from(code)
  for (let step = current - driftSteps; step <= current + driftSteps; step++) {
    const expected = Buffer.from(computeCode(secret, step))
    if (given.length === expected.length && timingSafeEqual(given, expected)) return step
  }
  return undefined
}

/** The code of one step: RFC 4226, 5.3. */
export function computeCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = mac[mac.length - 1] & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0')
}

/** What an authenticator app reads from the QR code. */
export function createUri(secret: Uint8Array, account: string): string {
  const issuer = 'ARV'
  const query = new URLSearchParams({ secret: encodeBase32(secret), issuer, algorithm: 'SHA1', digits: String(digits), period: String(stepSeconds) })
  return `otpauth://totp/${encodeURIComponent(`${issuer}:${account}`)}?${query}`
}

/** RFC 4648, without padding, as the apps write it. */
export function encodeBase32(bytes: Uint8Array): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += letters[(value >> bits) & 31]
    }
  }
  return bits === 0 ? text : text + letters[(value << (5 - bits)) & 31]
}
