import { z } from 'zod'
import { limits } from '../limits.ts'

export const loginBody = z.object({
  email: z.email().max(limits.emailCharsMax),
  password: z.string().min(1).max(limits.passwordCharsMax),
})

export const userView = z.object({ id: z.number(), email: z.string(), name: z.string(), role: z.string(), company_id: z.number().nullable() })

export const loginAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  /** Seconds until the token ends. */
  expires_in: z.number(),
  user: userView,
})
