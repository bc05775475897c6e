import pino from 'pino'

export type Log = pino.Logger

/** Structured lines on standard output: JSON when a program reads them, short lines when a person does. */
export function createLog(options: { level: string; pretty: boolean }): Log {
  const base = { level: options.level, redact: ['req.headers.authorization', 'req.headers.cookie', 'password', '*.password'] }
  return options.pretty ? pino(base, { write: writePretty }) : pino(base)
}

const levelNames: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
const hidden = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'reqId', 'err'])

function writePretty(line: string): void {
  const entry = JSON.parse(line) as Record<string, unknown> & { level: number; time: number; msg?: string; err?: { stack?: string } }
  const fields = Object.entries(entry).filter(([name]) => !hidden.has(name)).map(([name, value]) => ` ${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const time = new Date(entry.time).toTimeString().slice(0, 8)
  process.stdout.write(`${time} ${levelNames[entry.level] ?? entry.level} ${entry.msg ?? ''}${fields.join('')}\n`)
  if (entry.err?.stack !== undefined) process.stdout.write(`${entry.err.stack}\n`)
}
