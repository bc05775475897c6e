import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Db } from './db.ts'
import { describeDatabase } from './describe.ts'

const root = path.join(import.meta.dirname, '../../..')
const schemaFile = path.join(root, 'migrations/schema.sql')
const tablesFile = path.join(import.meta.dirname, 'tables.generated.ts')

/** Writes `schema.sql` and the tables' types from a migrated database. Returns the files that changed. */
export async function writeGeneratedFiles(db: Db): Promise<string[]> {
  const changed: string[] = []
  const { schemaSql, tablesTs } = await describeDatabase(db)
  for (const [file, text] of [[schemaFile, schemaSql], [tablesFile, tablesTs]] as const) {
    if ((await readFile(file, 'utf8').catch(() => '')) === text) continue
    await writeFile(file, text)
    changed.push(path.relative(root, file))
  }
  return changed
}
