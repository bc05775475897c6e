import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startServer } from '../../test/server.ts'
import { createCall, administrator } from '../../test/world.ts'
import type { World } from '../../test/world.ts'

/** ARV as it is started by anybody, in a process of its own with its own PostgreSQL below it. */
export interface BenchServer extends Pick<World, 'url' | 'guest' | 'admin' | 'token' | 'dataDir'> {
  pid: number
  stop(): Promise<void>
}

export async function startArv(environment: Record<string, string> = {}): Promise<BenchServer> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-bench-'))
  const server = await startServer({ dataDir, environment })
  const { body } = await createCall(server.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  return {
    url: server.url,
    pid: server.child.pid!,
    dataDir,
    token: body.access_token,
    guest: createCall(server.url),
    admin: createCall(server.url, body.access_token),
    stop: async () => {
      await server.kill('SIGTERM')
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}
