import { createCache } from '../../src/lib/cache/cache.ts'
import { connectDatabase, sql } from '../../src/lib/db/db.ts'
import { createLog } from '../../src/lib/log.ts'

/** What this process asks and is told, sent to the one that writes: each change of the value, with the clock of the machine. */
export interface Sighting {
  value: number
  /** When it first asked and was told this value. */
  firstAskedAt: number
  /** When it last asked and was told the one before. */
  lastAskedBeforeAt: number
}

/** Wall clock in milliseconds, with fractions; the same in every process of a machine. */
export const clock = () => performance.timeOrigin + performance.now()

/** An instance in a process of its own: asks all the time for one value that another process changes. */
async function watch(url: string, redisUrl: string | undefined): Promise<void> {
  const database = connectDatabase(url, { connectionsMax: 2 })
  const cache = await createCache({ database, space: url, version: 'bench', log: createLog({ level: 'fatal', pretty: false }), l1BytesMax: 1 << 20, redisUrl })
  const read = async () => (await sql<{ value: number }>`select value from notes where name = 'watched'`.execute(database.db)).rows[0].value
  let known = -1
  let lastAskedAt = 0
  process.on('message', () => void cache.close().then(() => database.end()).then(() => process.exit(0)))
  for (;;) {
    const askedAt = clock()
    const value = await cache.get('metadata', 'watched', { compute: read, tags: () => ['note:watched'] })
    if (value !== known) process.send?.({ value, firstAskedAt: askedAt, lastAskedBeforeAt: lastAskedAt } satisfies Sighting)
    known = value
    lastAskedAt = askedAt
    await new Promise(setImmediate)
  }
}

if (process.send !== undefined) await watch(process.argv[2], process.argv[3])
