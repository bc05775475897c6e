import type { FastifyRequest } from 'fastify'
import type { Visitor } from './password.ts'
import type { User } from './queries.ts'
import type { SignedIn } from './sessions.ts'

export function readVisitor(request: FastifyRequest): Visitor {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? null }
}

export function presentSignedIn(signedIn: SignedIn) {
  return {
    access_token: signedIn.accessToken, token_type: 'bearer' as const, expires_in: signedIn.accessSeconds,
    refresh_token: signedIn.refreshToken, refresh_expires_in: signedIn.refreshSeconds, user: presentUser(signedIn.user),
  }
}

export function presentUser(user: User) {
  return { id: user.id, email: user.email, name: user.name, role: user.role, company_id: user.companyId }
}
