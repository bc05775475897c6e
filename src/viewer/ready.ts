import { createHash } from 'node:crypto'
import type { App } from '../app.ts'
import { findBranding } from '../companies/companies.ts'
import { absoluteAddresses, findByLink, pageAddresses, tagsOf } from '../content/content.ts'
import type { LinkedContent } from '../content/content.ts'
import { pack } from '../lib/http/encoding.ts'
import type { Encoding } from '../lib/http/encoding.ts'
import { weakEtag } from '../lib/http/finish.ts'
import type { Language } from '../words/words.ts'
import { brandSource, viewerPage } from './page.ts'
import { appManifest, checkAnswer } from './schema.ts'
import { describePage, endOf, findObstacle, getPlayable, presentManifest } from './viewer.ts'

/** A manifest as text, ASCII alone, that lacks only the moment at which it is given out. */
export interface ReadyManifest {
  contentId: number
  videoId: number
  head: string
  tail: string
  /** Of the whole, with the moment. */
  bytes: number
  tags: readonly string[]
  /** When it is no longer so by time alone; milliseconds since 1970. */
  endsAt: number | undefined
}

/** An answer as it goes out. */
export interface ReadyAnswer {
  status: number
  bytes: Buffer
  etag: string
  /** What it stands on. */
  tags: readonly string[]
  isKept: boolean
  endsAt: number | undefined
  /** What the Content-Security-Policy must allow for the studio's colour. */
  brand?: string | null
}

type Reading = Pick<App, 'db' | 'cache' | 'publicUrl' | 'config' | 'assets'>

/** Where the ready answers of these addresses stand in the cache; the same Redis may serve instances with others. */
export interface ReadyKeys {
  manifest(id: string): string
  check(id: string): string
  page(path: string, language: Language, encoding: Encoding | null): string
}

export function createReadyKeys(app: Pick<App, 'publicUrl' | 'config'>): ReadyKeys {
  const { links, files } = absoluteAddresses(app)
  const place = createHash('sha256').update(`${links} ${files}`).digest('base64url').slice(0, 8)
  return {
    manifest: (id) => `manifest ${place} ${id}`,
    check: (id) => `check ${place} ${id}`,
    page: (path, language, encoding) => `page ${place} ${language} ${encoding ?? 'plain'} ${path}`,
  }
}

/** Stands for the moment in a text that is made before it. */
const anyMoment = '0000-00-00T00:00:00.000Z'

/** What plays now, ready but for the moment. Errors: those of `getPlayable`. */
export async function getReadyManifest(app: Reading, keys: ReadyKeys, id: string): Promise<ReadyManifest> {
  return await app.cache.get('answers', keys.manifest(id), { compute: async () => await makeManifest(app, id), tags: ({ tags }) => tags, endsAt: ({ endsAt }) => endsAt })
}

async function makeManifest(app: Reading, id: string): Promise<ReadyManifest> {
  const playable = await getPlayable(app, id)
  const manifest = presentManifest(playable, absoluteAddresses(app).files)
  const text = inAscii(JSON.stringify(appManifest.parse({ ...manifest, video: { ...manifest.video, selected_at: anyMoment } })))
  const [before, after] = text.split(`"selected_at":"${anyMoment}"`)
  const { content, video, linked } = playable
  return { contentId: content.id, videoId: video.id, head: `${before}"selected_at":"`, tail: `"${after}`, bytes: text.length, tags: tagsOf(content), endsAt: endOf(linked) }
}

/** The same JSON with nothing but ASCII in it: Node sends such a string, together with its headers, in one piece and without a conversion. */
function inAscii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Whether a guest can see it now, and why not. */
export async function getReadyCheck(app: Reading, keys: ReadyKeys, id: string): Promise<ReadyAnswer> {
  return await app.cache.get('answers', keys.check(id), {
    compute: async () => {
      const linked = await findByLink(app, id)
      const reason = findObstacle(linked)
      const body = checkAnswer.parse(reason === undefined ? { content_available: true } : { content_available: false, reason })
      return readyAnswer(200, Buffer.from(JSON.stringify(body)), linked)
    },
    ...keeping,
  })
}

export interface PageWish {
  id: string
  /** Of the address, without its query. */
  path: string
  language: Language
  encoding: Encoding | null
}

/** The guest's page, packed as they take it. */
export async function getReadyPage(app: Reading, keys: ReadyKeys, wish: PageWish): Promise<ReadyAnswer> {
  return await app.cache.get('answers', keys.page(wish.path, wish.language, wish.encoding), { compute: async () => await makePage(app, wish), ...keeping })
}

async function makePage(app: Reading, { id, path, language, encoding }: PageWish): Promise<ReadyAnswer> {
  const linked = await findByLink(app, id)
  const branding = linked === undefined || linked === 'invalid' ? undefined : await findBranding(app, linked.content.companyId)
  const manifest = describePage(linked, { branding, language, pageUrl: `${app.publicUrl}${path}`, workerUrl: app.assets.url('tracker-worker.js'), files: pageAddresses(app).files })
  const status = manifest.state === 'not_found' ? 404 : manifest.state === 'expired' || manifest.state === 'inactive' ? 403 : 200
  const plain = { ...readyAnswer(status, Buffer.from(viewerPage(manifest, app.assets).text), linked), brand: brandSource(manifest) }
  return encoding === null ? plain : { ...plain, bytes: await pack(encoding, plain.bytes, 'kept') }
}

/** Whoever tries ids at random shall not fill the cache with answers that nobody asks for again. */
const keeping = {
  tags: ({ tags, isKept }: ReadyAnswer) => (isKept ? tags : null),
  endsAt: ({ endsAt }: ReadyAnswer) => endsAt,
}

function readyAnswer(status: number, bytes: Buffer, linked: LinkedContent | 'invalid' | undefined): ReadyAnswer {
  const isKept = linked !== undefined && linked !== 'invalid'
  return { status, bytes, etag: weakEtag(bytes), tags: isKept ? tagsOf(linked.content) : ['content'], isKept, endsAt: isKept ? endOf(linked) : undefined }
}
