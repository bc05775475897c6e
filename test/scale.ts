import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { waitFor } from './factories.ts'
import { findFreePort, root } from './server.ts'
import { administrator, createCall } from './world.ts'
import type { World } from './world.ts'

/** What `npm run scale` starts: nginx, and each of the web processes behind it. */
export interface Scale {
  child: ChildProcess
  output(): string
  nginx: World
  webs: World[]
  token: string
}

export async function startScale(options: { dataDir: string; environment?: Record<string, string> }): Promise<Scale> {
  const port = await findFreePort()
  const child = spawn(process.execPath, ['bin/scale'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), ARV_DATA: options.dataDir, ARV_DEMO: 'false', LOG_LEVEL: 'info', ARV_ADMIN_EMAIL: administrator.email, ARV_ADMIN_PASSWORD: administrator.password, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  await waitFor('everything to run', async () => output, (text) => text.includes('everything runs') || child.exitCode !== null)
  const told = /"webs":\[(\d+),(\d+)\]/.exec(output)
  if (told === null) throw new Error(`it did not start:\n${output}`)
  const addresses = [port, Number(told[1]), Number(told[2])].map((one) => `http://127.0.0.1:${one}`)
  const token = (await createCall(addresses[0])<{ access_token: string }>('POST', '/api/auth/login', administrator)).body.access_token
  const [nginx, ...webs] = addresses.map((url) => ({ url, guest: createCall(url), admin: createCall(url, token) }) as World)
  return { child, output: () => output, nginx, webs, token }
}
