import { z } from 'zod'
import { isColour } from '../lib/colour.ts'
import { isTimeZone } from '../lib/zones.ts'
import { limits } from '../limits.ts'
import { languages } from '../words/words.ts'

export const name = z.string().trim().min(1).max(limits.nameCharsMax)
const orNull = (value: string | null) => value || null
/** Empty is none. Left out is left as it is, so none of these may be optional in itself: `partial` makes it so. */
const text = (charsMax: number) => z.string().trim().max(charsMax).nullable().transform(orNull)
const contactEmail = z.union([z.literal(''), z.email().max(limits.emailCharsMax)]).nullable().transform(orNull)
const slug = z.string().trim().max(limits.slugCharsMax).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'small Latin letters, digits and single hyphens only')
const timeZone = z.string().max(64).refine(isTimeZone, 'is no time zone; write it like Europe/Berlin')
const colour = z.union([z.literal(''), z.string().trim().toLowerCase().refine(isColour, 'is no colour; write it like #3344b8')]).nullable().transform(orNull)

export const companyStatuses = ['active', 'inactive'] as const
export const projectStatuses = ['active', 'inactive', 'archived'] as const

const companyFields = {
  contact_name: text(limits.nameCharsMax),
  contact_email: contactEmail,
  contact_phone: text(limits.phoneCharsMax),
  time_zone: timeZone,
  language: z.enum(languages),
  accent_colour: colour,
  start_heading: text(limits.startHeadingCharsMax),
  start_text: text(limits.startTextCharsMax),
}

export const createCompanyBody = z.object({ name, slug: slug.optional(), ...z.object(companyFields).partial().shape })
export type CreateCompany = z.infer<typeof createCompanyBody>

/** What is left out stays. `version` is the one that was read; whoever was faster is not overwritten. */
export const updateCompanyBody = z.object({ ...createCompanyBody.partial().shape, status: z.enum(companyStatuses).optional(), version: z.coerce.number().int().optional() })
export type UpdateCompany = z.infer<typeof updateCompanyBody>

export const createProjectBody = z.object({ name })
export const updateProjectBody = z.object({ name: name.optional(), status: z.enum(projectStatuses).optional(), version: z.coerce.number().int().optional() })
export type UpdateProject = z.infer<typeof updateProjectBody>

export const companyView = z.object({
  id: z.number(), name: z.string(), slug: z.string(), contact_email: z.string().nullable(), created_at: z.string(),
  status: z.enum(companyStatuses), contact_name: z.string().nullable(), contact_phone: z.string().nullable(), time_zone: z.string(), language: z.enum(languages),
  logo_url: z.string().nullable(), accent_colour: z.string().nullable(), start_heading: z.string().nullable(), start_text: z.string().nullable(), version: z.number(),
})
/** As the verbs give it: where the logo is stored, instead of its address. */
export type CompanyView = Omit<z.infer<typeof companyView>, 'logo_url'> & { logo_key: string | null; logo_width: number | null; logo_height: number | null }

export const projectView = z.object({ id: z.number(), company_id: z.number(), name: z.string(), status: z.enum(projectStatuses), album_link: z.string(), created_at: z.string(), version: z.number() })
export type ProjectView = z.infer<typeof projectView>
