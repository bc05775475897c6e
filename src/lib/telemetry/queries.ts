import { limits } from '../../limits.ts'
import { createHistogram, record } from './histogram.ts'
import type { Histogram } from './histogram.ts'

/** One query, whatever its parameters. */
export interface QueryStats {
  sql: string
  count: number
  sumMs: number
  maxMs: number
}

/** Queries by what they do to which table: few enough to be exported. */
export interface QueryKind {
  operation: string
  table: string
  durations: Histogram
}

export interface Queries {
  record(sql: string, ms: number): void
  all(): readonly QueryStats[]
  kinds(): readonly QueryKind[]
}

/** Counts queries by their text. Of endlessly many different texts, which a list of values makes, the last ones are counted together. */
export function createQueries(): Queries {
  const byText = new Map<string, { stats: QueryStats; kind: QueryKind }>()
  const statsOf = new Map<string, QueryStats>()
  const kinds = new Map<string, QueryKind>()

  function add(text: string): { stats: QueryStats; kind: QueryKind } {
    const isFull = statsOf.size >= limits.queriesToldApartMax
    const sql = isFull ? '(others)' : shorten(text)
    const stats = statsOf.get(sql) ?? { sql, count: 0, sumMs: 0, maxMs: 0 }
    const found = describe(text)
    const kind = kinds.get(found.name) ?? { ...found, durations: createHistogram() }
    statsOf.set(sql, stats)
    kinds.set(found.name, kind)
    const entry = { stats, kind }
    if (byText.size < 2 * limits.queriesToldApartMax) byText.set(text, entry)
    return entry
  }

  return {
    record: (sql, ms) => {
      const { stats, kind } = byText.get(sql) ?? add(sql)
      stats.count++
      stats.sumMs += ms
      if (ms > stats.maxMs) stats.maxMs = ms
      record(kind.durations, ms)
    },
    all: () => [...statsOf.values()],
    kinds: () => [...kinds.values()],
  }
}

/** Lists of parameters become one, however long they were. */
function shorten(sql: string): string {
  const short = sql.replace(/\s+/g, ' ').replace(/\(?\$\d+\)?(, ?\(?\$\d+\)?)+/g, '$…').trim()
  return short.length <= limits.queryTextCharsMax ? short : `${short.slice(0, limits.queryTextCharsMax - 1)}…`
}

const operations = new Set(['select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback'])

/** E.g. `select` and `ar_content`. The first table named is good enough to see where time goes. */
export function describe(sql: string): { name: string; operation: string; table: string } {
  const first = /[a-z]+/i.exec(sql)?.[0].toLowerCase() ?? ''
  const operation = operations.has(first) ? first : 'other'
  const table = /\b(?:from|into|update|join)\s+(?:only\s+)?"?([a-z_][a-z0-9_]*(?:"?\."?[a-z_][a-z0-9_]*)?)/i.exec(sql)?.[1].replaceAll('"', '').toLowerCase() ?? ''
  return { name: `${operation} ${table}`, operation, table }
}
