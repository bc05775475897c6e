import { z } from 'zod'
import { limits } from '../limits.ts'
import { languages } from '../words/words.ts'
import { scopes } from './roles.ts'

export const email = z.email().max(limits.emailCharsMax)
export const password = z.string().min(1).max(limits.passwordCharsMax)
export const newPassword = z.string().min(limits.passwordCharsMin).max(limits.passwordCharsMax)
export const personName = z.string().trim().min(1).max(limits.nameCharsMax)
/** A code of six digits, or a recovery code. */
export const code = z.string().trim().min(1).max(64)
export const language = z.enum(languages)
export const token = z.string().min(1).max(200)

export const loginBody = z.object({ email, password, code: code.optional() })
export const refreshBody = z.object({ refresh_token: token.optional() }).nullish()
export const passwordBody = z.object({ password })
export const codeBody = z.object({ code })

export const userView = z.object({
  id: z.number(), email: z.string(), name: z.string(), role: z.enum(['admin', 'manager', 'editor', 'viewer']), company_id: z.number().nullable(),
})

export const loginAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  /** Seconds until the access token ends. */
  expires_in: z.number(),
  refresh_token: z.string(),
  /** Seconds until the session ends unless it is refreshed. */
  refresh_expires_in: z.number(),
  user: userView,
})

export const sessionView = z.object({ id: z.string(), user_agent: z.string().nullable(), created_at: z.string(), last_seen_at: z.string(), current: z.boolean() })

export const createTokenBody = z.object({
  name: personName,
  scope: z.enum(scopes),
  /** Null: without end. */
  expires_in_days: z.number().int().min(1).max(limits.apiTokenDaysMax).nullish().transform((days) => days ?? null),
})
export const apiTokenView = z.object({
  id: z.number(), name: z.string(), beginning: z.string(), scope: z.enum(scopes), created_at: z.string(), last_used_at: z.string().nullable(), expires_at: z.string().nullable(),
})
export const setupView = z.object({ secret: z.string(), uri: z.string(), qr_svg: z.string() })
export const recoveryCodesView = z.object({ recovery_codes: z.array(z.string()) })
export const twoFactorView = z.object({ enabled: z.boolean(), recovery_codes_left: z.number() })

const day = z.iso.date()
export const auditQuery = z.object({
  company_id: z.coerce.number().int().positive().optional(),
  user_id: z.coerce.number().int().positive().optional(),
  kind: z.string().max(40).optional(),
  action: z.string().max(40).optional(),
  search: z.string().trim().max(limits.searchCharsMax).optional().transform((text) => text || undefined),
  from: day.optional(),
  to: day.optional(),
})
const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
export const auditEntry = z.object({
  id: z.number(), at: z.string(), company_id: z.number().nullable(), user_id: z.number().nullable(), user_name: z.string().nullable(),
  action: z.string(), kind: z.string(), subject_id: z.string().nullable(), subject_name: z.string(), changes: z.record(z.string(), z.object({ from: value, to: value })),
})
