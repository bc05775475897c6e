import { createHash, randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { noteChange } from '../accounts/accounts.ts'
import type { User } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { AppError } from '../errors.ts'
import { drawLogo } from '../media/media.ts'
import type { Language } from '../words/words.ts'
import { presentCompany } from './present.ts'
import { getOwnCompany } from './projects.ts'
import * as queries from './queries.ts'
import type { CompanyView } from './schema.ts'

/** How a company looks to its guests. */
export interface Branding {
  name: string
  language: Language
  /** The WebP's key. */
  logo: { key: string; width: number; height: number } | null
  /** `#rrggbb`, as it was chosen. */
  accentColour: string | null
  heading: string | null
  text: string | null
}

/** Cached: guests ask for it with every page. */
export async function findBranding({ db, cache }: Pick<App, 'db' | 'cache'>, companyId: number): Promise<Branding | undefined> {
  return await cache.get('metadata', `branding ${companyId}`, {
    compute: async () => {
      const row = await queries.findCompany(db, companyId)
      return row === undefined ? undefined : presentBranding(row)
    },
    tags: () => [`company:${companyId}`],
  })
}

/** Draws the picture anew, stores it and shows it from now on. Errors: `not_found`, `logo_unreadable`, `storage_full`. */
export async function setLogo(app: Pick<App, 'db' | 'storage'>, user: User, companyId: number, bytes: Uint8Array): Promise<CompanyView> {
  await getOwnCompany(app.db, user, companyId)
  const logo = await drawLogo(bytes)
  const folder = createHash('sha256').update(logo.png).digest('hex')
  return await changeLogo(app, user, companyId, {
    change: { logoKey: `${folder}/logo.png`, logoWidth: logo.width, logoHeight: logo.height },
    store: async () => {
      await storeFile(app, `${folder}/logo.png`, logo.png)
      await storeFile(app, `${folder}/logo.webp`, logo.webp)
    },
  })
}

/** Errors: `not_found`. */
export async function removeLogo(app: Pick<App, 'db' | 'storage'>, user: User, companyId: number): Promise<CompanyView> {
  return await changeLogo(app, user, companyId, { change: { logoKey: null, logoWidth: null, logoHeight: null }, store: async () => {} })
}

interface LogoChange {
  change: { logoKey: string | null; logoWidth: number | null; logoHeight: number | null }
  store: () => Promise<void>
}

async function changeLogo(app: Pick<App, 'db' | 'storage'>, user: User, companyId: number, { change, store }: LogoChange): Promise<CompanyView> {
  const { company, oldKey } = await app.db.transaction().execute(async (trx) => {
    await queries.lockLogos(trx)
    const before = await getOwnCompany(trx, user, companyId)
    await store()
    const after = await queries.updateCompany(trx, companyId, before.version, change)
    if (after === undefined) throw new AppError('edited_meanwhile', { details: { version: before.version } })
    await noteChange(trx, { by: user, companyId, action: 'changed', kind: 'company', id: companyId, name: after.name, changes: { logo: { from: before.logoKey !== null, to: after.logoKey !== null } } })
    return { company: presentCompany(after), oldKey: before.logoKey }
  })
  if (oldKey !== null) await removeUnused(app, oldKey)
  return company
}

/** The files of a logo go when no company shows it any more. */
async function removeUnused(app: Pick<App, 'db' | 'storage'>, key: string): Promise<void> {
  await app.db.transaction().execute(async (trx) => {
    await queries.lockLogos(trx)
    if (await queries.isLogoUsed(trx, key)) return
    await app.storage.remove(key)
    await app.storage.remove(webpOf(key))
  })
}

async function storeFile(app: Pick<App, 'storage'>, key: string, bytes: Uint8Array): Promise<void> {
  const file = path.join(app.storage.incoming, randomUUID())
  try {
    await writeFile(file, bytes, { mode: 0o600 })
    await app.storage.adopt(file, key)
  } finally {
    await rm(file, { force: true })
  }
}

function presentBranding(row: queries.CompanyRow): Branding {
  const { logoKey, logoWidth, logoHeight } = row
  return {
    name: row.name,
    language: row.language,
    logo: logoKey === null ? null : { key: webpOf(logoKey), width: logoWidth ?? 0, height: logoHeight ?? 0 },
    accentColour: row.accentColour,
    heading: row.startHeading,
    text: row.startText,
  }
}

function webpOf(key: string): string {
  return key.replace(/\.png$/, '.webp')
}
