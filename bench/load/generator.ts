import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import type { Options } from 'autocannon'

/** One load, as `load.ts` hands it to this process. */
export interface LoadOrder {
  url: string
  /** Asked for in turn, whichever connection is free. */
  paths?: string[]
  method?: 'GET' | 'HEAD' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** Every `[uuid]` in the body becomes a new one in each request. */
  uniqueBody?: boolean
  connections: number
  /** Until this many seconds have passed, or `amount` requests are answered. */
  seconds?: number
  amount?: number
}

export interface LoadResult {
  /** Answers per second. */
  rate: number
  answers: number
  seconds: number
  /** Connections that broke or timed out. */
  errors: number
  /** Answers whose status is not 2xx. */
  refused: number
  p50Ms: number
  p99Ms: number
  bytes: number
  /** Milliseconds of CPU that the generator itself used: near `seconds` × 1000 it was the bottleneck. */
  generatorCpuMs: number
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const { url, paths, method = 'GET', headers, body, uniqueBody, connections, seconds, amount } = order
  let turn = 0
  const change = (request: autocannon.Request) => ({
    ...request,
    ...(paths === undefined ? {} : { path: paths[turn++ % paths.length] }),
    ...(uniqueBody ? { body: body!.replaceAll('[uuid]', () => randomUUID()) } : {}),
  })
  const options: Options = {
    url, connections, timeout: 30,
    ...(amount === undefined ? { duration: seconds ?? 5 } : { amount }),
    requests: [{ method, ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }), ...(paths === undefined && !uniqueBody ? {} : { setupRequest: change }) }],
  }
  const before = process.cpuUsage()
  const result = await autocannon(options)
  const { user, system } = process.cpuUsage(before)
  return {
    rate: result.requests.total / result.duration,
    answers: result.requests.total,
    seconds: result.duration,
    errors: result.errors + result.timeouts,
    refused: result.non2xx,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    bytes: result.throughput.total,
    generatorCpuMs: (user + system) / 1000,
  }
}

process.on('message', (order: LoadOrder) => {
  run(order).then((result) => process.send?.({ result }), (error: unknown) => process.send?.({ failure: String(error) }))
})
