import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../../test/redis.ts'
import { startScale } from '../../test/scale.ts'
import type { Scale } from '../../test/scale.ts'

export interface MeasuredSet {
  oldUntilMs: { redis: number; notify: number }
  requests: number
  failed: number
}

/** The whole set behind nginx: until when an old answer was given after a write, and whether anybody notices that Redis goes. */
export async function measureSet({ writes }: { writes: number }): Promise<MeasuredSet> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'arv-set-'))
  const redis = await startRedis()
  const scale = await startScale({ dataDir: path.join(folder, 'data'), environment: { REDIS_URL: redis.url } })
  try {
    const withRedis = await measureOld(scale, writes)
    const load = { requests: 0, failed: 0, isOver: false }
    const running = Promise.all(Array.from({ length: 8 }, async () => await ask(scale, load)))
    await redis.kill()
    await sleep(1000)
    await redis.start()
    await sleep(1000)
    redis.hang()
    await sleep(1000)
    redis.goOn()
    await sleep(500)
    load.isOver = true
    await running
    await redis.kill()
    return { oldUntilMs: { redis: withRedis, notify: await measureOld(scale, writes) }, requests: load.requests, failed: load.failed }
  } finally {
    const ended = once(scale.child, 'exit')
    scale.child.kill('SIGTERM')
    await ended
    await redis.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function ask({ nginx }: Scale, load: { requests: number; failed: number; isOver: boolean }): Promise<void> {
  while (!load.isOver) {
    const status = await nginx.admin('GET', '/api/companies?limit=100').then((answer) => answer.status, () => 0)
    load.requests++
    if (status !== 200) load.failed++
  }
}

/** Writes through nginx and asks one web process all the time; the slowest of all writes. */
async function measureOld({ nginx, webs }: Scale, writes: number): Promise<number> {
  let slowestMs = 0
  for (let write = 0; write < writes; write++) {
    const reader = webs[write % webs.length]
    // In a company of its own, so that its answer stays short.
    const { body: company } = await nginx.admin<{ id: number }>('POST', '/api/companies', { name: `Studio ${write}`, contact_email: null })
    const address = `/api/companies/${company.id}/projects`
    await reader.admin('GET', address)
    await nginx.admin('POST', address, { name: 'Weddings' })
    const acknowledgedAt = performance.now()
    for (;;) {
      const askedAt = performance.now()
      const { text } = await reader.admin('GET', address)
      if (text.includes('Weddings')) break
      slowestMs = Math.max(slowestMs, askedAt - acknowledgedAt)
    }
  }
  return slowestMs
}
