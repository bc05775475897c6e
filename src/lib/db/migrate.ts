import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Migrator, sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'
import type { Db } from './db.ts'

const folder = path.join(import.meta.dirname, '../../../migrations')

/**
 * Brings the database up to the newest migration; several processes may do it at once. Returns the names that ran.
 * Errors: the first failing migration's own error; what it changed is rolled back.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a migration cannot know the tables' types
export async function migrateToLatest(db: Kysely<any>): Promise<string[]> {
  const migrator = new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: readMigrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('migration failed', { cause: error })
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName)
}

/** Migrations that this version has and the database has not. Nothing, after a start; unless somebody put an older database in its place. */
export async function findPendingMigrations(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db.withoutPlugins())
  const applied = new Set(rows.map((row) => row.name))
  return Object.keys((known ??= await readMigrations())).filter((name) => !applied.has(name))
}

/** They do not change while we run. */
let known: Record<string, Migration> | undefined

async function readMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}[a-z]?-[a-z0-9-]+\.sql$/.test(file)).sort()
  if (files.length === 0) throw new Error(`no migrations in ${folder}`)
  const migrations: Record<string, Migration> = {}
  for (const file of files) {
    const text = await readFile(path.join(folder, file), 'utf8')
    migrations[file.slice(0, -'.sql'.length)] = { up: async (db) => void (await sql.raw(text).execute(db)) }
  }
  return migrations
}
