import { AppError } from '../../errors.ts'
import type { ErrorDetails } from '../../errors.ts'
import { fill, wordsIn } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

type Key = keyof ReturnType<typeof wordsIn>['inputProblems']['fields']

/** One finding of zod: its code, and what it says besides. */
export interface Finding {
  keyword?: string | undefined
  params?: Record<string, unknown>
}

/** What an `invalid_input` keeps of a finding: enough to say it in any language. */
export function detailsOf(field: string, { keyword = '', params = {} }: Finding): ErrorDetails {
  const bound = params.minimum ?? params.maximum
  return {
    field,
    rule: ruleOf(keyword, params),
    limit: typeof bound === 'bigint' ? Number(bound) : (bound as number | undefined),
    allowed: Array.isArray(params.values) ? params.values.join(', ') : Array.isArray(params.keys) ? params.keys.join(', ') : undefined,
  }
}

/** The error for what zod found outside of a route's schema, in a form's fields. */
export function invalidField(issue: { code?: string | undefined; path: readonly PropertyKey[] } & object): AppError {
  const { code, path, ...params } = issue as { code?: string; path: readonly PropertyKey[] } & Record<string, unknown>
  return new AppError('invalid_input', { details: detailsOf(path.join('.'), { keyword: code, params }) })
}

const formats: Record<string, Key | undefined> = { email: 'email', url: 'url', uuid: 'uuid', guid: 'uuid', date: 'date', datetime: 'date', time: 'date' }
const types: Record<string, Key | undefined> = { string: 'text', number: 'number', int: 'whole_number', boolean: 'yes_or_no', array: 'list', object: 'object', date: 'date' }

function ruleOf(keyword: string, params: Record<string, unknown>): Key {
  const { origin } = params
  if (keyword === 'too_small') return origin === 'string' ? 'too_short' : origin === 'array' || origin === 'set' ? 'too_few' : 'too_low'
  if (keyword === 'too_big') return origin === 'string' ? 'too_long' : origin === 'array' || origin === 'set' ? 'too_many' : 'too_high'
  if (keyword === 'invalid_type') return types[String(params.expected)] ?? 'other'
  if (keyword === 'invalid_format') return formats[String(params.format)] ?? 'format'
  if (keyword === 'invalid_value') return 'choice'
  return keyword === 'unrecognized_keys' ? 'unknown' : 'other'
}

/** The sentence's middle: what is wrong with which field. */
export function problemWords(language: Language, details: ErrorDetails): string {
  const words = wordsIn(language).inputProblems
  const rule = words.fields[(details.rule ?? 'other') as Key]
  if (details.field === undefined || details.field === '') return words.whole
  return fill(words.field, { field: details.field, rule: fill(rule, details) })
}
