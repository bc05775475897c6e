import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createCache } from '../src/lib/cache/cache.ts'
import type { Cache, CacheOptions } from '../src/lib/cache/cache.ts'
import { connectDatabase, sql } from '../src/lib/db/db.ts'
import type { Database } from '../src/lib/db/db.ts'
import { createLog } from '../src/lib/log.ts'
import { testDatabase } from './postgres.ts'

export interface Caches {
  /** A cache on connections of its own, as another process would have it. */
  open(options?: Partial<CacheOptions>): Promise<Cache>
  /** The database that all of them hear. */
  database: Database
  /** Moved by hand; every cache reads it. */
  clock: { ms: number }
  /** A folder for the disk level. */
  dir: string
  /** A value in the database, written without a word to any cache. */
  write(name: string, value: number): Promise<void>
  read(name: string): Promise<number>
  stop(): Promise<void>
}

/** Patient unless told: a busy machine must not make a test see the cache go by its memory. */
export const patient = { leaseMs: 60_000, waitMs: 60_000 }

/** Caches over one small table. */
export async function openCaches(defaults: Partial<CacheOptions> = patient): Promise<Caches> {
  const { url, drop } = await testDatabase()
  const database = connectDatabase(url)
  await createNotes(database)
  const dir = await mkdtemp(path.join(os.tmpdir(), 'arv-cache-'))
  const clock = { ms: Date.now() }
  const opened = new Set<Cache>()
  return {
    database,
    clock,
    dir,
    open: async (options = {}) => {
      const own = connectDatabase(url, { connectionsMax: 2 })
      const log = createLog({ level: 'fatal', pretty: false })
      const settings = { database: own, space: url, version: '1', log, l1BytesMax: 1 << 20, now: () => clock.ms, random: () => 0.5, ...defaults, ...options }
      const cache = await createCache(settings).catch(async (error: unknown) => {
        await own.end()
        throw error
      })
      // A closed cache keeps no connection: the server has few, and a test file opens many caches.
      const closing: Cache = { ...cache, close: async () => {
        if (!opened.delete(closing)) return
        await cache.close()
        await own.end()
      } }
      opened.add(closing)
      return closing
    },
    write: async (name, value) => {
      await sql`insert into notes values (${name}, ${value}) on conflict (name) do update set value = excluded.value`.execute(database.db)
    },
    read: async (name) => (await sql<{ value: number }>`select value from notes where name = ${name}`.execute(database.db)).rows[0].value,
    stop: async () => {
      for (const cache of opened) await cache.close()
      await database.end()
      await drop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** A small table that announces its changes, like those of the migration. */
export async function createNotes(database: Database): Promise<void> {
  await sql.raw(`
    create table notes (name text primary key, value integer not null);
    create function announce_note() returns trigger language plpgsql as $$
    begin
      perform pg_notify('arv_cache', 'note:' || new.name || ' ' || pg_current_xact_id());
      return null;
    end $$;
    create trigger announce after insert or update on notes for each row execute function announce_note();`).execute(database.db)
}
