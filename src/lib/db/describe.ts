import { sql } from 'kysely'
import type { Kysely } from 'kysely'

interface Column {
  table: string
  name: string
  type: string
  nullable: boolean
  hasDefault: boolean
  identity: boolean
  definition: string
}

interface Constraint {
  table: string
  name: string
  kind: string
  definition: string
}

/** What a migrated database holds, as `schema.sql` and as TypeScript types; both are committed and compared in the tests. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- reads the catalogue, which has no types of ours
export async function describeDatabase(db: Kysely<any>): Promise<{ schemaSql: string; tablesTs: string }> {
  const plain = db.withoutPlugins()
  const columns = (await sql<Column>`
    select c.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
      a.atthasdef as "hasDefault", a.attidentity <> '' or a.attgenerated <> '' as identity,
      a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attidentity <> '' then ' generated always as identity' else '' end
        || case when d.adbin is null then '' when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
          else ' default ' || pg_get_expr(d.adbin, d.adrelid) end
        || case when a.attnotnull then ' not null' else '' end as definition
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped and c.relname not like 'kysely_%'
    order by c.relname, a.attnum`.execute(plain)).rows
  const constraints = (await sql<Constraint>`
    select c.relname as "table", k.conname as name, k.contype as kind, pg_get_constraintdef(k.oid) as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'public'::regnamespace and k.contype <> 'n' and not c.relispartition and c.relname not like 'kysely_%' order by c.relname, k.conname`.execute(plain)).rows
  const partitioned = (await sql<{ table: string; by: string }>`
    select c.relname as "table", pg_get_partkeydef(c.oid) as by from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'p' order by c.relname`.execute(plain)).rows
  const indexes = (await sql<{ definition: string }>`
    select pg_get_indexdef(i.indexrelid) as definition from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and not c.relispartition and c.relname not like 'kysely_%'
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid) order by 1`.execute(plain)).rows
  return { schemaSql: writeSchema(columns, constraints, indexes, new Map(partitioned.map((found) => [found.table, found.by]))), tablesTs: writeTypes(columns, constraints) }
}

/** Partitions are left out: months come and go. */
function writeSchema(columns: Column[], constraints: Constraint[], indexes: { definition: string }[], partitioned: Map<string, string>): string {
  const tables = [...new Set(columns.map((column) => column.table))].map((table) => {
    const lines = [
      ...columns.filter((column) => column.table === table).map((column) => `  ${column.definition}`),
      ...constraints.filter((constraint) => constraint.table === table).map((constraint) => `  constraint ${constraint.name} ${constraint.definition}`),
    ]
    const how = partitioned.has(table) ? ` partition by ${partitioned.get(table)}` : ''
    return `create table ${table} (\n${lines.join(',\n')}\n)${how};\n`
  })
  return `-- Generated from the migrations by \`npm run generate\`; for reading, never run.\n\n${tables.join('\n')}\n${indexes.map((index) => `${index.definition};`).join('\n')}\n`
}

function writeTypes(columns: Column[], constraints: Constraint[]): string {
  const tables = [...new Set(columns.map((column) => column.table))]
  const interfaces = tables.map((table) => {
    const own = columns.filter((column) => column.table === table)
    const fields = own.map((column) => `  ${camelCase(column.name)}: ${columnType(column, constraints.filter((constraint) => constraint.table === table))}`)
    return `export interface ${typeName(table)} {\n${fields.join('\n')}\n}\n`
  })
  const list = tables.map((table) => `  ${camelCase(table)}: ${typeName(table)}`)
  return [
    '// Generated from the migrations by `npm run generate`.',
    "import type { ColumnType, Generated, GeneratedAlways } from 'kysely'\n",
    'type Timestamp = ColumnType<Date, Date | string, Date | string>',
    'type DefaultedTimestamp = ColumnType<Date, Date | string | undefined, Date | string>',
    'type Json = ColumnType<unknown, string, string>',
    'type DefaultedJson = ColumnType<unknown, string | undefined, string>\n',
    ...interfaces,
    `export interface Tables {\n${list.join('\n')}\n}\n`,
  ].join('\n')
}

function columnType(column: Column, constraints: Constraint[]): string {
  const base = valueType(column, constraints) + (column.nullable ? ' | null' : '')
  // A ColumnType of its own cannot be wrapped: it says itself that it may be left out.
  if (column.hasDefault && (base === 'Timestamp' || base === 'Json')) return `Defaulted${base}`
  if (column.identity) return `GeneratedAlways<${base}>`
  return column.hasDefault ? `Generated<${base}>` : base
}

function valueType(column: Column, constraints: Constraint[]): string {
  const words = constraints
    .filter((constraint) => constraint.kind === 'c')
    .map((constraint) => new RegExp(`^CHECK \\(\\(${column.name} = ANY \\(ARRAY\\[(.+)\\]\\)\\)\\)$`).exec(constraint.definition)?.[1])
    .find((list) => list !== undefined)
  if (words !== undefined) return [...words.matchAll(/'([^']+)'::text/g)].map((match) => `'${match[1]}'`).join(' | ')
  if (column.type === 'timestamp with time zone') return 'Timestamp'
  if (/^(bigint|integer|smallint|real|double precision)$/.test(column.type)) return 'number'
  if (column.type === 'boolean') return 'boolean'
  if (column.type === 'jsonb') return 'Json'
  if (column.type === 'bytea') return 'Uint8Array'
  if (column.type === 'text[]') return 'string[]'
  if (column.type === 'text' || column.type === 'uuid' || column.type === 'date') return 'string'
  throw new Error(`no TypeScript type is known for ${column.table}.${column.name} of type ${column.type}: add it to describe.ts`)
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function typeName(table: string): string {
  const name = camelCase(table)
  return `${name[0].toUpperCase()}${name.slice(1)}Table`
}
