import { createServer as createProbe } from 'node:net'
import path from 'node:path'
import type { Config } from './config.ts'
import { ensureCertificate, findLanAddresses } from './lib/http/certificate.ts'
import type { Certificate } from './lib/http/certificate.ts'
import { explainAddress } from './lib/starting.ts'

/** For phones in the same network. */
export interface Lan {
  certificate: Certificate
  publicUrl: string
}

/** Throws when this computer is in no network. */
export async function prepareLan(config: Config): Promise<Lan> {
  const addresses = findLanAddresses()
  if (addresses.length === 0) throw new Error('This computer is in no network that a phone could share. Connect it to Wi-Fi or a cable, then start again.')
  const certificate = await ensureCertificate(path.join(config.dataDir, 'tls'), addresses)
  return { certificate, publicUrl: `https://${addresses[0]}:${config.port}` }
}

/** Takes a port for a moment, to see that it is free before anything is made; 0: any. Returns which. Errors: EADDRINUSE. */
export async function takePort(wanted: number, host: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createProbe()
    probe.once('error', (error) => reject(explainAddress(error, host, wanted) as Error))
    probe.listen({ port: wanted, host, exclusive: true }, () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
