import http from 'node:http'

export interface Load {
  url: string
  connections: number
  seconds: number
}

export interface LoadDone {
  requests: number
  failed: number
  seconds: number
  cpuMs: number
}

/** Asks as fast as the answers come, on connections that stay open, and drops what comes. */
async function generate({ url, connections, seconds }: Load): Promise<LoadDone> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const done = { requests: 0, failed: 0 }
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()]
  const isOver = () => performance.now() - startedAt > seconds * 1000
  await Promise.all(Array.from({ length: connections }, async () => {
    while (!isOver()) {
      const status = await ask(url, agent)
      done.requests++
      if (status !== 200) done.failed++
    }
  }))
  const { user, system } = process.cpuUsage(cpu)
  agent.destroy()
  return { ...done, seconds: (performance.now() - startedAt) / 1000, cpuMs: (user + system) / 1000 }
}

async function ask(url: string, agent: http.Agent): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    http.get(url, { agent }, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject)
  })
}

if (process.send !== undefined) {
  const done = await generate(JSON.parse(process.argv[2]) as Load)
  process.send(done, () => process.disconnect())
}
