import { z } from 'zod'
import { limits } from '../../limits.ts'

/** One page of a list, as asked for by `?page=2&limit=20`. */
export interface Page {
  page: number
  limit: number
  offset: number
}

export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(limits.pageMax).default(1),
  limit: z.coerce.number().int().min(1).max(limits.pageLimitMax).default(limits.pageLimitDefault),
})

export function readPage(query: z.infer<typeof pageQuery>): Page {
  return { page: query.page, limit: query.limit, offset: (query.page - 1) * query.limit }
}

export function listView<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), total: z.number(), total_is_exact: z.boolean(), page: z.number(), limit: z.number(), has_more: z.boolean() })
}

/** Shapes a list's answer; unless told otherwise a total above `limits.exactCountMax` is a lower bound. */
export function presentList<T>(list: { items: T[]; total: number; isExact?: boolean }, page: Page) {
  const isExact = list.isExact ?? list.total <= limits.exactCountMax
  return {
    items: list.items,
    total: list.total,
    total_is_exact: isExact,
    page: page.page,
    limit: page.limit,
    has_more: isExact ? page.offset + list.items.length < list.total : list.items.length === page.limit,
  }
}
