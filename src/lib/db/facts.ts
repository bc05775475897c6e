import { sql } from 'kysely'
import type { Db } from './db.ts'

/** What PostgreSQL tells of itself. */
export interface DatabaseFacts {
  version: string
  sizeBytes: number
  /** Of all processes to this database, by what they do: `active`, `idle`, `idle in transaction`. */
  connections: { state: string; count: number }[]
  connectionsMax: number
  /** Rows that came into `visits` since the server's statistics began, whoever wrote them. */
  visitsRecorded: number
}

/** Errors: those of the database. */
export async function readDatabaseFacts(db: Db): Promise<DatabaseFacts> {
  const { rows } = await sql<{ version: string; size_bytes: number; connections: { state: string; count: number }[]; connections_max: number; visits: number }>`
    select current_setting('server_version') as version, pg_database_size(current_database()) as size_bytes,
      (select coalesce(jsonb_agg(jsonb_build_object('state', state, 'count', count) order by state), '[]') from (
        select coalesce(state, 'unknown') as state, count(*) from pg_stat_activity where datname = current_database() group by 1) s) as connections,
      current_setting('max_connections')::int as connections_max,
      (select coalesce(sum(n_tup_ins), 0)::bigint from pg_stat_user_tables where relid in (select relid from pg_partition_tree('visits')) or relid = 'visits'::regclass) as visits`
    .execute(db.withoutPlugins())
  const { version, size_bytes, connections, connections_max, visits } = rows[0]
  return { version, sizeBytes: size_bytes, connections, connectionsMax: connections_max, visitsRecorded: visits }
}
