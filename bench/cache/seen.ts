import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '../../test/postgres.ts'
import { connectDatabase, sql } from '../../src/lib/db/db.ts'
import { clock } from './instance.ts'
import type { Sighting } from './instance.ts'
import { createNotes } from '../../test/caches.ts'

/** After how many milliseconds two instances, each a process of its own, first told a change, and until when they told what was before. */
export interface Seen {
  newAfterMs: number[]
  oldUntilMs: number[]
}

export async function measureSeen(writes: number, redisUrl: string | undefined): Promise<Seen> {
  const { url, drop } = await testDatabase()
  const database = connectDatabase(url, { connectionsMax: 2 })
  await createNotes(database)
  const write = async (value: number) => {
    await sql`insert into notes values ('watched', ${value}) on conflict (name) do update set value = excluded.value`.execute(database.db)
    return clock()
  }
  await write(0)
  const watchers = [0, 1].map(() => fork(path.join(import.meta.dirname, 'instance.ts'), [url, ...(redisUrl === undefined ? [] : [redisUrl])]))
  const seen: Seen = { newAfterMs: [], oldUntilMs: [] }
  const waitForAll = async (value: number) => await Promise.all(watchers.map(async (watcher) => {
    for (;;) {
      const [sighting] = (await once(watcher, 'message')) as [Sighting]
      if (sighting.value === value) return sighting
    }
  }))
  await waitForAll(0)
  for (let value = 1; value <= writes; value++) {
    await sleep(Math.random() * 40)
    const sightings = waitForAll(value)
    const writtenAt = await write(value)
    for (const { firstAskedAt, lastAskedBeforeAt } of await sightings) {
      seen.newAfterMs.push(Math.max(0, firstAskedAt - writtenAt))
      seen.oldUntilMs.push(Math.max(0, lastAskedBeforeAt - writtenAt))
    }
  }
  for (const watcher of watchers) {
    watcher.send('stop')
    await once(watcher, 'exit')
  }
  await database.end()
  await drop()
  return seen
}
