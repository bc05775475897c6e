import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/lib/log.ts'
import { start } from '../src/serve.ts'
import type { Running } from '../src/serve.ts'
import { testDatabase } from './postgres.ts'

export const administrator = { email: 'ada@example.com', password: 'engine-no-1' }

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
  text: string
}

/** Speaks to the server as a client would. A body that is no FormData goes as JSON. */
export type Call = <T = Record<string, unknown>>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer<T>>

/** A whole ARV of its own for one test file: database, storage, server and workers. */
export interface World {
  url: string
  databaseUrl: string
  running: Running
  dataDir: string
  /** As nobody. */
  guest: Call
  /** As the platform's administrator. */
  admin: Call
  token: string
  stop(): Promise<void>
}

/** `beside` another world, on its database: a second instance of the same ARV. */
export async function startWorld(environment: Record<string, string> = {}, { beside }: { beside?: World } = {}): Promise<World> {
  const database = beside === undefined ? await testDatabase() : { url: beside.databaseUrl, drop: async () => {} }
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'arv-world-'))
  const config = readConfig({
    NODE_ENV: 'test', PORT: '0', ARV_DATA: dataDir, ARV_DEMO: 'false', ARV_ADMIN_EMAIL: administrator.email, ARV_ADMIN_PASSWORD: administrator.password, ...environment,
  })
  const running = await start({ ...config, databaseUrl: database.url }, { log: createLog({ level: process.env.LOG_LEVEL ?? 'fatal', pretty: true }) })
  const { body } = await createCall(running.url)<{ access_token: string }>('POST', '/api/auth/login', administrator)
  return {
    url: running.url,
    databaseUrl: database.url,
    running,
    dataDir,
    guest: createCall(running.url),
    admin: createCall(running.url, body.access_token),
    token: body.access_token,
    stop: async () => {
      await running.stop()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

export function createCall(url: string, token?: string): Call {
  return async (method, path, body, headers = {}) => {
    const isForm = body instanceof FormData || typeof body === 'string'
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : isForm ? body : JSON.stringify(body),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : undefined) as never }
  }
}
