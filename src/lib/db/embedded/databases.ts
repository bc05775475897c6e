import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'

/** What both drivers, postgres.js and pg, take as their options. */
export type Connection = { host: string; port: number; user: string; password: string; database: string }

const dropAttemptsMax = 50

const NAME = /^[a-z][a-z0-9_]{0,62}$/

/** The same in one string. A socket's folder stands where a host would, its slashes escaped. */
export function connectionUrl({ host, port, user, password, database }: Connection): string {
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`
}

/** Makes an empty database, or a copy of `template` (to which nobody may be connected), that `owner` owns. */
export async function createDatabase(url: string, name: string, options: { owner?: string; template?: string } = {}): Promise<void> {
  const owner = options.owner === undefined ? '' : `OWNER ${quoteName(options.owner)}`
  const template = options.template === undefined ? '' : `TEMPLATE ${quoteName(options.template)}`
  await runStatements(url, [`CREATE DATABASE ${quoteName(name)} ${owner} ${template}`])
}

/** Drops the database if it is there, and whatever is still connected to it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runStatements(url, [`DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`])
    } catch (error) {
      // PostgreSQL's own vacuuming may be in there, which only a superuser may end; it leaves by itself.
      const isVacuumed = error instanceof postgres.PostgresError && error.code === '42501'
      if (!isVacuumed || attempt === dropAttemptsMax) throw error
      await sleep(200)
    }
  }
}

/** Runs each statement by itself, outside a transaction, on one connection. */
export async function runStatements(url: string, statements: string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, fetch_types: false })
  try {
    for (const statement of statements) await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

function quoteName(name: string): string {
  if (!NAME.test(name)) throw new Error(`Not a database name: ${name}`)
  return `"${name}"`
}
