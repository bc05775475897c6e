import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findSignedIn } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'

/**
 * Lets in who may read the metrics: whoever has METRICS_TOKEN, an administrator, an address of METRICS_ALLOW; and while this is
 * no production, this computer itself. A request that came through a proxy that we do not know is from nowhere.
 * Errors: `unauthenticated`, `forbidden`.
 */
export async function allowMetrics(app: App, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token !== undefined && app.config.metricsToken !== undefined && isSame(token, app.config.metricsToken)) return
  if (isAllowedAddress(app, request)) return
  const user = await findSignedIn(app, request, reply)
  if (user === undefined) throw new AppError('unauthenticated')
  if (user.role !== 'admin') throw new AppError('forbidden')
}

const loopback = ['127.0.0.0/8', '::1']

function isAllowedAddress(app: App, request: FastifyRequest): boolean {
  const { metricsAllow, production, trustProxy } = app.config
  const isForwarded = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'].some((name) => request.headers[name] !== undefined)
  if (isForwarded && trustProxy === undefined) return false
  return matches(request.ip, metricsAllow) || (!production && !isForwarded && matches(request.ip, loopback))
}

/** Whether `address` is one of `networks`: addresses, or networks like 10.0.0.0/8. */
export function matches(address: string, networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [base, bits] = network.split('/')
    const family = isIPv6(base) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(base, family)
    else list.addSubnet(base, Number(bits), family)
  }
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
}

/** Takes as long whatever differs. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
