import type { CompanyFields, CompanyRow } from './queries.ts'
import type { CompanyView, UpdateCompany } from './schema.ts'

export function presentCompany(row: CompanyRow): CompanyView {
  return {
    id: row.id, name: row.name, slug: row.slug, contact_email: row.contactEmail, created_at: row.createdAt.toISOString(),
    status: row.status, contact_name: row.contactName, contact_phone: row.contactPhone, time_zone: row.timeZone, language: row.language,
    logo_key: row.logoKey, logo_width: row.logoWidth, logo_height: row.logoHeight,
    accent_colour: row.accentColour, start_heading: row.startHeading, start_text: row.startText, version: row.version,
  }
}

/** The columns of what was given; what was left out is left out. */
export function toColumns(given: Omit<UpdateCompany, 'version'>): Partial<CompanyFields> {
  const all = {
    name: given.name, slug: given.slug, status: given.status, contactEmail: given.contact_email, contactName: given.contact_name, contactPhone: given.contact_phone,
    timeZone: given.time_zone, language: given.language, accentColour: given.accent_colour, startHeading: given.start_heading, startText: given.start_text,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
