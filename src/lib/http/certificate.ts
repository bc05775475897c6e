import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { generate } from 'selfsigned'

export interface Certificate {
  key: string
  cert: string
}

const dayMs = 24 * 60 * 60 * 1000
/** Phones refuse certificates that are valid for longer (Apple: 825 days). */
const validDays = 800
const renewBeforeDays = 30

/** This machine's IPv4 addresses that phones in the same network reach, the likeliest first. */
export function findLanAddresses(): string[] {
  const addresses = Object.entries(os.networkInterfaces())
    .filter(([name]) => !/^(docker|veth|br-|virbr|utun|tun|tap|zt|tailscale|wg)/.test(name))
    .flatMap(([, list]) => list ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal && !address.address.startsWith('169.254.'))
    .map((address) => address.address)
  const rank = (address: string) => (address.startsWith('192.168.') ? 0 : address.startsWith('10.') ? 1 : 2)
  return addresses.sort((a, b) => rank(a) - rank(b))
}

/** A self-made certificate for `hosts`, kept in `folder` and made anew when it names others or ends soon. */
export async function ensureCertificate(folder: string, hosts: string[]): Promise<Certificate> {
  const keyFile = path.join(folder, 'key.pem')
  const certFile = path.join(folder, 'cert.pem')
  try {
    const kept = { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') }
    if (serves(new X509Certificate(kept.cert), hosts)) return kept
  } catch {
    // None there yet, or unreadable: it is made below.
  }
  const made = await generate([{ name: 'commonName', value: 'ARV on the local network' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + validDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...hosts.map((ip) => ({ type: 7 as const, ip })), { type: 2 as const, value: 'localhost' }] },
    ],
  })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(keyFile, made.private, { mode: 0o600 })
  await chmod(keyFile, 0o600)
  await writeFile(certFile, made.cert)
  return { key: made.private, cert: made.cert }
}

function serves(certificate: X509Certificate, hosts: string[]): boolean {
  const endsLate = new Date(certificate.validTo).getTime() > Date.now() + renewBeforeDays * dayMs
  return endsLate && hosts.every((host) => certificate.checkIP(host) !== undefined)
}
