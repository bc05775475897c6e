import { createQrSvg } from '../../src/content/content.ts'
import { createServer } from '../../src/lib/http/server.ts'
import { createLog } from '../../src/lib/log.ts'
import { createTelemetry } from '../../src/lib/telemetry/telemetry.ts'

/** Draws so many QR codes; nothing else, no database and no file. */
export function work(codes: number): number {
  let length = 0
  for (let index = 0; index < codes; index++) length += createQrSvg(`https://photos.example.com/v/${index}`, 512).length
  return length
}

/** Our HTTP server, on a port that others share as `serve --cluster` does, with one route that costs its event loop something. */
async function serve(port: number, codes: number): Promise<void> {
  const log = createLog({ level: 'fatal', pretty: false })
  const server = await createServer({ log, telemetry: createTelemetry({ log }), trustProxy: undefined })
  server.get('/work', { config: { access: 'guest' } }, () => ({ length: work(codes) }))
  const shared = { reusePort: true }
  await server.listen({ port, host: '127.0.0.1', ...shared })
  process.send?.('ready')
  process.once('disconnect', () => process.exit(0))
}

if (process.send !== undefined) await serve(Number(process.argv[2]), Number(process.argv[3]))
