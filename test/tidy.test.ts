import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { connectDatabase } from '../src/lib/db/db.ts'
import type { Database } from '../src/lib/db/db.ts'
import { describeDatabase } from '../src/lib/db/describe.ts'
import { migrateToLatest } from '../src/lib/db/migrate.ts'
import { errorStatuses } from '../src/errors.ts'
import { limits } from '../src/limits.ts'
import { wordsIn } from '../src/words/words.ts'
import { testDatabase } from './postgres.ts'
import type { TestDatabase } from './postgres.ts'
import { root } from './server.ts'

/** Style that a machine can check; each test says how to mend what it finds. */

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n').filter((file) => file !== '')
const sources = files.filter((file) => /^(src|packages|test|bench)\/.*\.ts$/.test(file))
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')

let testDb: TestDatabase
let database: Database
before(async () => {
  testDb = await testDatabase()
  database = connectDatabase(testDb.url)
  await migrateToLatest(database.db)
})
after(async () => {
  await database.end()
  await testDb.drop()
})

test('schema.sql and the tables’ types follow from the migrations (npm run arv -- generate)', async () => {
  const { schemaSql, tablesTs } = await describeDatabase(database.db)
  assert.equal(read('migrations/schema.sql'), schemaSql)
  assert.equal(read('src/lib/db/tables.generated.ts'), tablesTs)
})

test('a column that refers to another table has an index that begins with it', async () => {
  const { rows } = await (await import('../src/lib/db/db.ts')).sql<{ constraint: string }>`
    select k.conrelid::regclass || ' ' || k.conname as constraint from pg_constraint k
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
        and (select array_agg(a order by a) from unnest(k.conkey) a) = (select array_agg(a order by a) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) a))`.execute(database.db)
  assert.deepEqual(rows, [], 'add an index in a new migration')
})

test('every error code is thrown, or answered, somewhere', () => {
  const text = sources.filter((file) => file.startsWith('src/') && !/\.test\.ts$|errors\.ts$|words\//.test(file)).map(read).join('\n')
  const unused = Object.keys(errorStatuses).filter((code) => !text.includes(`'${code}'`))
  assert.deepEqual(unused, [], 'remove the code, or throw it')
})

test('every limit is read', () => {
  const text = sources.filter((file) => file !== 'src/limits.ts').map(read).join('\n')
  assert.deepEqual(Object.keys(limits).filter((name) => !text.includes(`limits.${name}`)), [], 'remove the limit, or enforce it')
})

test('both languages have the same places to fill', () => {
  const placesOf = (value: unknown, at: string): string[] => {
    if (typeof value === 'string') return [...value.matchAll(/\{(\w+)\}/g)].map((match) => `${at}.{${match[1]}}`).sort()
    return Object.entries(value as object).flatMap(([key, inner]) => placesOf(inner, `${at}.${key}`))
  }
  const own = (words: object, forms: boolean) => placesOf(words, '').filter((place) => forms || !/\.(one|few|many|other)\./.test(place))
  assert.deepEqual(own(wordsIn('ru'), false), own(wordsIn('en'), false))
})

test('no TODO is left, and no machine’s path', () => {
  const found = files.filter((file) => /\.(ts|mjs|md|sql|css|json)$/.test(file) && file !== 'package-lock.json' && file !== 'test/tidy.test.ts')
    .flatMap((file) => read(file).split('\n').map((line, index) => ({ file, line, index })))
    .filter(({ line }) => /\b(TODO|FIXME|XXX)\b|\/(root|work|home\/\w+)\/(main|shared|\.library)\b/.test(line))
  assert.deepEqual(found.map(({ file, index, line }) => `${file}:${index + 1} ${line.trim()}`), [])
})

test('test names are told apart', () => {
  for (const file of sources.filter((name) => name.endsWith('.test.ts'))) {
    const names = [...read(file).matchAll(/^\s*(?:test|it)\(\s*(['"`])(.+?)\1/gm)].map((match) => match[2])
    assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), [], `${file} has a name twice`)
  }
})

test('no test is skipped without saying what is missing, and none runs alone', () => {
  const found = sources.filter((file) => file.endsWith('.test.ts') && file !== 'test/tidy.test.ts').filter((file) => /\b(test|it|describe)\.(skip|only|todo)\(|\{ ?(skip|todo): true|\{ ?only:/.test(read(file)))
  assert.deepEqual(found, [], 'say what is missing and fail instead')
})
