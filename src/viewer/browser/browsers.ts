export interface Surroundings {
  platform: 'ios' | 'android' | 'desktop'
  /** Safari on iOS: its settings are elsewhere than those of other browsers there. */
  safari: boolean
  /** The app whose built-in browser this is; an empty string when it is one but does not say whose; null: a real browser. */
  app: string | null
}

const apps: [RegExp, string][] = [
  [/Instagram/i, 'Instagram'],
  [/FBAN|FBAV|FB_IAB|Messenger/i, 'Facebook'],
  [/Telegram/i, 'Telegram'],
  [/VKAndroidApp|VKApp|com\.vk\.|\bVK\//i, 'VK'],
  [/WhatsApp/i, 'WhatsApp'],
  [/OdklAndroid|OKApp|Odnoklassniki/i, 'OK'],
  [/musical_ly|BytedanceWebview|TikTok|trill_/i, 'TikTok'],
  [/Snapchat/i, 'Snapchat'],
  [/Viber/i, 'Viber'],
  [/MicroMessenger/i, 'WeChat'],
  [/\bLine\//i, 'LINE'],
  [/Pinterest/i, 'Pinterest'],
  [/LinkedInApp/i, 'LinkedIn'],
  [/Twitter/i, 'X'],
  [/\bGSA\//i, 'Google'],
]

/** What can be read from the user agent; `hints` are names of globals that apps put into their built-in browsers. */
export function readSurroundings(userAgent: string, touchPoints: number, hints: readonly string[] = []): Surroundings {
  const ios = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)
  const platform = ios ? 'ios' : /Android/.test(userAgent) ? 'android' : 'desktop'
  const named = apps.find(([pattern]) => pattern.test(userAgent))?.[1] ?? (hints.some((hint) => hint.startsWith('Telegram')) ? 'Telegram' : undefined)
  const unnamed = platform === 'ios' ? !/Safari\//.test(userAgent) : platform === 'android' && /; wv\)/.test(userAgent)
  const safari = ios && /Version\/[\d.]+.*Safari\//.test(userAgent) && !/CriOS|FxiOS|EdgiOS|YaBrowser|OPiOS|OPT\//.test(userAgent)
  return { platform, safari, app: named ?? (unnamed ? '' : null) }
}

/** An address that Android hands to the guest's own browser; other systems have none. */
export function findOutsideUrl(pageUrl: string, surroundings: Surroundings): string | undefined {
  if (surroundings.platform !== 'android') return undefined
  const { protocol, host, pathname, search } = new URL(pageUrl)
  const scheme = protocol.slice(0, -1)
  return `intent://${host}${pathname}${search}#Intent;scheme=${scheme};action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;S.browser_fallback_url=${encodeURIComponent(pageUrl)};end`
}
