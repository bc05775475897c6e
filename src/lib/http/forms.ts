import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { describeError } from '../../words/words.ts'
import type { Language } from '../../words/words.ts'

/** Any HTML form: names and texts. What they have to be is told by `readForm`, so that a page can show the form again. */
export const formBody = z.record(z.string().max(100), z.string().max(limits.uploadFieldBytesMax)).nullish().transform((values) => values ?? {})
export type FormValues = Record<string, string>

/** What a page shows again after a form was refused. */
export interface FormState {
  /** Which of the page's forms. */
  form: string
  values: FormValues
  /** Null: about the whole form. */
  field: string | null
  message: string
}

/** Checks the values of a form. Errors: `missing_field`, `invalid_input`, each with the field's name. */
export function readForm<T extends z.ZodType>(schema: T, values: FormValues, language: Language): z.output<T> {
  const parsed = schema.safeParse(values, { error: z.locales[language]().localeError })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue.path.join('.')
  if (values[field] === undefined || values[field].trim() === '') throw new AppError('missing_field', { details: { field } })
  throw new AppError('invalid_input', { details: { field, problem: issue.message } })
}

/** The form as it was sent, with what is wrong in words. Errors: those that are ours to mend are thrown on. */
export function refuseForm(language: Language, form: string, values: FormValues, error: unknown): { state: FormState; status: number } {
  if (!(error instanceof AppError) || error.status >= 500 || error.status === 404) throw error
  const field = typeof error.details?.field === 'string' ? error.details.field : null
  return { state: { form, values, field, message: describeError(language, error) }, status: error.status }
}
