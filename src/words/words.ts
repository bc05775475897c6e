import { en } from './en.ts'
import { ru } from './ru.ts'
import type { AppError, ErrorCode, ErrorDetails } from '../errors.ts'

export type Language = 'en' | 'ru'
export const languages: readonly Language[] = ['en', 'ru']

/** The English dictionary's shape: Russian must have the same keys, or it does not compile. */
export type Words = typeof en

const dictionaries: Record<Language, Words> = { en, ru }

export function wordsIn(language: Language): Words {
  return dictionaries[language]
}

/** Puts `values` into the `{name}` places of `text`; a place without a value stays empty. */
export function fill(text: string, values: Record<string, unknown> = {}): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** What a person reads about an error: what is wrong and what to do, in their language. */
export function errorWords(language: Language, code: ErrorCode, details?: ErrorDetails): string {
  return fill(dictionaries[language].errors[code], details)
}

export function describeError(language: Language, error: AppError): string {
  return errorWords(language, error.code, error.details)
}

/** Picks the form of a counted noun, e.g. `plural('ru', 3, words.photos)` with `{one, few, many, other}`. */
export function plural(language: Language, count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  return fill(forms[new Intl.PluralRules(language).select(count)] ?? forms.other, { count })
}

/** The first supported language of an Accept-Language header; English when there is none. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((entry) => {
      const [tag, quality] = entry.trim().split(';q=')
      return { tag: tag.slice(0, 2).toLowerCase(), quality: quality === undefined ? 1 : Number(quality) || 0 }
    })
    .filter((entry) => entry.quality > 0)
    .sort((a, b) => b.quality - a.quality)
  const found = wanted.find((entry) => languages.includes(entry.tag as Language))
  return (found?.tag as Language | undefined) ?? 'en'
}
