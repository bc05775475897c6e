export interface Device {
  deviceType: string | null
  os: string | null
  browser: string | null
}

const systems: [RegExp, string][] = [[/iphone|ipad|ios\b/i, 'iOS'], [/android/i, 'Android'], [/windows/i, 'Windows'], [/mac ?os|macintosh/i, 'macOS'], [/linux/i, 'Linux']]
const browsers: [RegExp, string][] = [
  [/yabrowser/i, 'Yandex'], [/samsungbrowser/i, 'Samsung'], [/edg/i, 'Edge'], [/firefox|fxios/i, 'Firefox'], [/chrome|crios|chromium/i, 'Chrome'],
  [/safari/i, 'Safari'],
]

export function isBot(userAgent: string): boolean {
  return /bot\b|crawl|spider|slurp|preview|facebookexternalhit|headlesschrome-prerender|lighthouse/i.test(userAgent)
}

/** Rough classes only: enough for a chart, too little to recognise anybody. */
export function readDevice(userAgent: string): Device {
  const tablet = /ipad|tablet|android(?!.*mobile)/i.test(userAgent)
  const phone = /iphone|android.*mobile|mobile/i.test(userAgent)
  return { deviceType: tablet ? 'tablet' : phone ? 'phone' : userAgent === '' ? null : 'desktop', os: match(systems, userAgent), browser: match(browsers, userAgent) }
}

/** The same classes from an app's own words, e.g. “smartphone” and “Android 15”. */
export function readAppDevice(type: string | null, os: string | null): Pick<Device, 'deviceType' | 'os'> {
  const word = type ?? ''
  const deviceType = /tablet|ipad/i.test(word) ? 'tablet' : /phone|mobile|handset/i.test(word) ? 'phone' : /desktop|laptop|computer/i.test(word) ? 'desktop' : null
  return { deviceType, os: match(systems, os ?? '') }
}

function match(list: [RegExp, string][], text: string): string | null {
  return list.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
