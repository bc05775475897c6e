import type { FastifyReply, FastifyRequest } from 'fastify'

/** `styles` allows more than our own style sheets, e.g. the hash of one that stands in the page; `files` is another host of ours. */
export function contentSecurityPolicy({ styles = '', files = '' }: { styles?: string; files?: string } = {}): string {
  const own = (more = '') => ["'self'", files, more].filter((source) => source !== '').join(' ')
  return [
    `default-src ${own()}`,
    `script-src ${own("'wasm-unsafe-eval'")}`,
    `style-src ${own(styles)}`,
    `img-src ${own('data: blob:')}`,
    `media-src ${own('blob:')}`,
    "worker-src 'self' blob:",
    `connect-src ${own('data:')}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ')
}

/** What every answer carries: no sniffing, no framing by others, no referrer to others, camera for our own pages only. */
export function securityHeaders(policy: string): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'content-security-policy': policy,
    'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
    'cross-origin-opener-policy': 'same-origin',
  }
}

/** Sets them, and the request's id. */
export function createSecurityHook(files: string) {
  const headers = securityHeaders(contentSecurityPolicy({ files }))
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    reply.headers(headers).header('x-request-id', request.id)
    done()
  }
}
