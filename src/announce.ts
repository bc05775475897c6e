import { renderUnicodeCompact } from 'uqr'
import type { Db } from './lib/db/db.ts'
import { limits } from './limits.ts'

/**
 * Ctrl-C comes twice, from the terminal and from npm: what follows the first at once is the same wish, so the stop goes on.
 * Whoever asks again later wants no more waiting.
 */
export function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const handle = () => {
      firstAt ??= performance.now()
      if (performance.now() - firstAt > limits.sameSignalMs) process.exit(1)
      resolve()
    }
    process.on('SIGINT', handle)
    process.on('SIGTERM', handle)
  })
}

/** Tells a person where to go. The password is shown this once and nowhere else. */
export async function announce(running: { db: Db; publicUrl: string; adminEmail: string; generatedPassword: string | undefined }, options: { lan: boolean }): Promise<void> {
  const { db, publicUrl, adminEmail } = running
  const demo = await db.selectFrom('arContent').select('code').where('demoNumber', '=', 1).executeTakeFirst()
  const lines = ['', `  ARV is running at ${publicUrl}`, '', `  Orders       ${publicUrl}/admin`]
  if (running.generatedPassword !== undefined) {
    lines.push(`  E-mail       ${adminEmail}`, `  Password     ${running.generatedPassword}   (shown only now)`)
  }
  if (demo !== undefined) {
    const link = `${publicUrl}/v/${demo.code}`
    lines.push(`  Demo         ${link}`, '', ...renderUnicodeCompact(link, { border: 2 }).split('\n').map((line) => `  ${line}`), '')
    if (options.lan) lines.push('  Scan this with a phone in the same network, go past its warning about the certificate,', `  and hold it over the photo at ${publicUrl}`)
    else lines.push('  To try it with a phone: npm start -- --lan')
  }
  console.log(`${lines.join('\n')}\n`)
}
