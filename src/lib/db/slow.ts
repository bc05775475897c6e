import type { Log } from '../log.ts'
import { limits } from '../../limits.ts'
import { outsideOfRequests, sql } from './db.ts'
import type { Database, QuerySeen } from './db.ts'

/** Logs queries that took `thresholdMs` or longer, with PostgreSQL's plan; the same one's plan at most once a minute. Returns how to stop it. */
export function logSlowQueries(database: Database, log: Log, thresholdMs: number): () => void {
  const explainedAt = new Map<string, number>()
  return database.watchQueries((seen) => {
    if (seen.milliseconds < thresholdMs || /^explain /.test(seen.sql)) return
    const milliseconds = Math.round(seen.milliseconds)
    const last = explainedAt.get(seen.sql)
    const isKnown = last !== undefined && performance.now() - last < limits.slowQueryPlanEveryMs
    if (isKnown || !/^\s*(select|with|insert|update|delete)\b/i.test(seen.sql)) {
      log.warn({ sql: seen.sql, milliseconds }, 'a slow query')
      return
    }
    if (explainedAt.size >= limits.preparedStatementsMax) explainedAt.clear()
    explainedAt.set(seen.sql, performance.now())
    outsideOfRequests(async () => await explain(database, seen))
      .then((plan) => log.warn({ sql: seen.sql, milliseconds, plan }, 'a slow query'), (error: unknown) => log.warn({ sql: seen.sql, milliseconds, err: error }, 'a slow query'))
  })
}

/** How PostgreSQL would run it again. It is not run. */
async function explain({ db }: Database, { sql: text, parameters }: QuerySeen): Promise<string> {
  const parts = text.split(/\$(\d+)(?!\d)/)
  const values = parts.filter((_, index) => index % 2 === 1).map((number) => parameters[Number(number) - 1])
  const texts = parts.filter((_, index) => index % 2 === 0)
  texts[0] = `explain ${texts[0]}`
  const { rows } = await sql<Record<string, string>>(texts as unknown as TemplateStringsArray, ...values).execute(db.withoutPlugins())
  return rows.map((row) => Object.values(row)[0]).join('\n')
}
