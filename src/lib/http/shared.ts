import { limits } from '../../limits.ts'

const yearSeconds = 365 * 24 * 60 * 60

/** For what never changes under its address. */
export const forEver = `public, max-age=${yearSeconds}, immutable`

/**
 * For public answers. With a CDN of ours before us it may answer for some seconds by itself, and go on with the old answer while it
 * fetches a new one; without one, nobody could tell the caches in between what changed, so they ask each time.
 */
export function publicCacheControl(hasCdn: boolean): string {
  if (!hasCdn) return 'public, no-cache'
  return `public, max-age=0, s-maxage=${limits.cdnFreshSeconds}, stale-while-revalidate=${limits.cdnStaleSeconds}`
}

/** What an answer stands on, for purging it at a CDN: in the words of Fastly and Varnish, and in those of Cloudflare. */
export function surrogateKeys(tags: readonly string[]): Record<string, string> {
  return { 'surrogate-key': tags.join(' '), 'cache-tag': tags.join(',') }
}
