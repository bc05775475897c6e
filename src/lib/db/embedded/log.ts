import { copyFile, open, readFile, rm, stat, truncate, type FileHandle } from 'node:fs/promises'

const LOG_BYTES_MAX = 4 * 1024 * 1024
const CHECK_INTERVAL_MS = 60_000
const EXCERPT_LINES = 20

/** The server's log: `file` is handed to the server, which appends; one older part is kept as `….1`. */
export type LogFile = { file: FileHandle; excerpt(): Promise<string>; close(): Promise<void> }

export async function openLogFile(path: string): Promise<LogFile> {
  const file = await open(path, 'a', 0o600)
  await boundLogFile(path)
  // What this start adds; an older start's complaints would mislead.
  const begin = (await file.stat()).size
  const timer = setInterval(() => boundLogFile(path).catch(() => {}), CHECK_INTERVAL_MS).unref()
  return {
    file,
    async excerpt() {
      const text = (await readFile(path)).subarray(begin).toString('utf8')
      return text.trim().split('\n').slice(-EXCERPT_LINES).join('\n')
    },
    async close() {
      clearInterval(timer)
      await file.close()
    },
  }
}

/** Copied and emptied rather than renamed: the server holds the file open, and appends at whatever is its end. */
export async function boundLogFile(path: string, bytesMax = LOG_BYTES_MAX): Promise<void> {
  if ((await stat(path)).size < bytesMax) return
  await rm(`${path}.1`, { force: true })
  await copyFile(path, `${path}.1`)
  await truncate(path)
}
