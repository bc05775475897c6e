import { statfs } from 'node:fs/promises'
import type { App } from '../app.ts'
import { readDatabaseFacts } from '../lib/db/facts.ts'
import type { DatabaseFacts } from '../lib/db/facts.ts'
import { readQueueDepth } from '../lib/queue/depth.ts'
import type { QueueDepth } from '../lib/queue/depth.ts'
import { limits } from '../limits.ts'

/** What has to be asked for, rather than being counted here. Undefined: there was no answer in time. */
export interface Facts {
  database: DatabaseFacts | undefined
  queue: QueueDepth[] | undefined
  disks: { folder: string; freeBytes: number; sizeBytes: number }[]
}

/** Reads the facts, at most once in a few seconds however many ask, and waits for none of them for long. */
export function createFactReader(app: Omit<App, 'ops'>): () => Promise<Facts> {
  let readAt = -Infinity
  let reading: Promise<Facts> | undefined
  return async () => {
    if (reading === undefined || performance.now() - readAt > limits.factsAgeMaxMs) {
      readAt = performance.now()
      reading = readFacts(app)
    }
    return await reading
  }
}

async function readFacts(app: Omit<App, 'ops'>): Promise<Facts> {
  const [database, queue, disks] = await Promise.all([
    inTime(readDatabaseFacts(app.db)), inTime(readQueueDepth(app.db)), readDisks(app.config.dataDir),
  ])
  return { database, queue, disks }
}

/** What comes too late, or not at all, is as good as unknown. */
async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, limits.healthTimeoutMs, undefined)
  try {
    return await Promise.race([answer.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}

async function readDisks(folder: string): Promise<Facts['disks']> {
  const found = await statfs(folder).catch(() => undefined)
  return found === undefined ? [] : [{ folder: 'data', freeBytes: found.bavail * found.bsize, sizeBytes: found.blocks * found.bsize }]
}
