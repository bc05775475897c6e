import type { FastifyReply, FastifyRequest } from 'fastify'

/** `styles` allows more than our own style sheets, e.g. the hash of one that stands in the page. */
export function contentSecurityPolicy(styles = ''): string {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self' ${styles}`.trim(),
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "connect-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ')
}

const ownContentSecurityPolicy = contentSecurityPolicy()

/** What every answer carries: no sniffing, no framing by others, no referrer to others, camera for our own pages only. */
export function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.headers({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'content-security-policy': ownContentSecurityPolicy,
    'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
    'cross-origin-opener-policy': 'same-origin',
    'x-request-id': request.id,
  })
  done()
}
