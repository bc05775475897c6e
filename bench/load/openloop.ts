import http from 'node:http'

export interface Paced {
  /** Of each answer, counted from when it should have been asked for. */
  latenciesMs: number[]
  failed: number
}

/**
 * Asks `rate` times a second, whether or not earlier answers have come, as guests do: a server that stands still is seen by all who would
 * have come meanwhile, and not by one connection that politely waits.
 */
export async function askSteadily(url: string, options: { rate: number; seconds: number; headers?: Record<string, string> }): Promise<Paced> {
  const { rate, seconds, headers = {} } = options
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 })
  const paced: Paced = { latenciesMs: [], failed: 0 }
  const pending: Promise<void>[] = []
  const startedAt = performance.now()
  const ask = async (intendedAt: number) => {
    const ok = await new Promise<boolean>((resolve) => {
      http.get(url, { agent, headers }, (response) => response.resume().on('end', () => resolve(response.statusCode === 200)).on('error', () => resolve(false))).on('error', () => resolve(false))
    })
    paced.latenciesMs.push(performance.now() - intendedAt)
    if (!ok) paced.failed++
  }
  for (let turn = 0; turn < rate * seconds;) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - startedAt) * rate) / 1000))
    for (; turn < due; turn++) pending.push(ask(startedAt + (turn * 1000) / rate))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(pending)
  agent.destroy()
  return paced
}
