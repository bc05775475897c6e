/** A browser and a system in a few words, from what the browser says of itself; `unknown` when that says nothing. */
export function describeDevice(userAgent: string | null, unknown: string): string {
  if (userAgent === null || userAgent.trim() === '') return unknown
  const browser = find(userAgent, [[/Edg\w*\//, 'Edge'], [/OPR\//, 'Opera'], [/YaBrowser\//, 'Yandex'], [/SamsungBrowser\//, 'Samsung'], [/Firefox\/|FxiOS\//, 'Firefox'], [/Chrom(e|ium)\/|CriOS\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl']])
  const system = find(userAgent, [[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X|Macintosh/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux/, 'Linux']])
  const known = [browser, system].filter((part) => part !== undefined)
  return known.length === 0 ? userAgent.slice(0, 60) : known.join(' · ')
}

function find(text: string, names: [RegExp, string][]): string | undefined {
  return names.find(([pattern]) => pattern.test(text))?.[1]
}
