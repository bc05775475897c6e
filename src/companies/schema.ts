import { z } from 'zod'
import { limits } from '../limits.ts'

export const name = z.string().trim().min(1).max(limits.nameCharsMax)

export const createCompanyBody = z.object({
  name,
  contact_email: z.union([z.literal(''), z.email().max(limits.emailCharsMax)]).nullish().transform((value) => value || null),
})
export const createProjectBody = z.object({ name })

export const companyView = z.object({ id: z.number(), name: z.string(), slug: z.string(), contact_email: z.string().nullable(), created_at: z.string() })
export type CompanyView = z.infer<typeof companyView>

export const projectView = z.object({ id: z.number(), company_id: z.number(), name: z.string(), status: z.string(), album_link: z.string(), created_at: z.string() })
export type ProjectView = z.infer<typeof projectView>
